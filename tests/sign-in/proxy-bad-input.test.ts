import type { OutgoingHttpHeaders } from 'node:http';
import {
  startAssertionIssuer,
  type AssertionIssuer,
  type Signing,
} from '../support/sign-in/assertion-issuer';
import {
  ADA,
  ASSERTION_ENV,
  behindProxy,
  BOB,
  countsOf,
  enteredBrowser,
  PROXY_ENV,
  rejectionsIn,
} from '../support/sign-in/proxy-scene';
import { MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
afterEach(() => store.close());

const NOTHING = { users: 1, external: 0, sessions: 0 };

/** Visits the sign-in page with headers. Returns the page, after it was checked that it rejects. */
async function rejected(
  headers: OutgoingHttpHeaders,
  expected: { status: number; reason: string; because?: unknown },
  changed: Partial<typeof NOTHING> = {},
): Promise<string> {
  const browser = behindProxy(store.browser(), headers);
  const page = await browser.get('/login');
  const { status, reason, because } = expected;
  expect(rejectionsIn(store)).toEqual([{ way: 'proxy', reason, because }]);
  expect(page.status).toBe(status);
  expect(page.body).toContain('Try again');
  expect(await countsOf(store)).toEqual({ ...NOTHING, ...changed });
  expect((await store.app.audit.list(1))[0]).toMatchObject({
    event: 'session.sign_in_rejected',
    detail: { way: 'proxy', reason },
  });
  expect((await browser.get('/keys')).status).toBe(302);
  return page.body;
}
const without = (name: string) => Object.fromEntries(Object.entries(ADA).filter(([other]) => other !== name));

describe('headers', () => {
  beforeEach(async () => {
    store = await startTestStore({ env: PROXY_ENV });
  });

  test.each<[string, OutgoingHttpHeaders, string]>([
    ['no header', {}, 'remote-user is missing or empty'],
    ['an empty header', { ...ADA, 'Remote-User': '' }, 'remote-user is missing or empty'],
    ['a header of blanks', { ...ADA, 'Remote-User': '  ' }, 'remote-user is missing or empty'],
    [
      'a header in another spelling',
      { ...without('Remote-User'), Remote_User: 'ada' },
      'remote-user is missing or empty',
    ],
    ['the user twice', { ...ADA, 'Remote-User': ['ada', 'bob'] }, 'remote-user is there 2 times'],
    ['the same user twice', { ...ADA, 'Remote-User': ['ada', 'ada'] }, 'remote-user is there 2 times'],
    [
      'the groups twice',
      { ...ADA, 'Remote-Groups': ['ops', 'store-admins'] },
      'remote-groups is there 2 times',
    ],
    [
      'the address twice',
      { ...ADA, 'Remote-Email': ['a@b.test', 'c@d.test'] },
      'remote-email is there 2 times',
    ],
    ['a tab in the user', { ...ADA, 'Remote-User': 'a\tda' }, 'remote-user has a control character'],
    [
      'a C1 control in the name',
      { ...ADA, 'Remote-Name': '\u00c2\u0085x' },
      'remote-name has a control character',
    ],
    ['bytes that are not UTF-8', { ...ADA, 'Remote-User': 'ad\u00e4' }, 'remote-user is not UTF-8'],
    [
      'a very long user',
      { ...ADA, 'Remote-User': 'a'.repeat(256) },
      'remote-user has more than 255 characters',
    ],
  ])('%s', async (_, headers, because) => {
    await rejected(headers, { status: 403, reason: 'no_header', because });
  });

  test.each<[string, OutgoingHttpHeaders, { status: number; reason: string }]>([
    ['no groups', without('Remote-Groups'), { status: 403, reason: 'no_role' }],
    ['empty groups', { ...ADA, 'Remote-Groups': ' , ' }, { status: 403, reason: 'no_role' }],
    [
      'unknown groups',
      { ...ADA, 'Remote-Groups': 'Ops,store-admins=administrator' },
      { status: 403, reason: 'no_role' },
    ],
    ['no address', without('Remote-Email'), { status: 403, reason: 'no_email' }],
    ['an invalid address', { ...ADA, 'Remote-Email': 'ada' }, { status: 403, reason: 'bad_email' }],
    [
      'the address of a local account',
      { ...ADA, 'Remote-Email': `${MANAGER}@store.test` },
      { status: 409, reason: 'email_taken' },
    ],
  ])('%s', async (_, headers, expected) => {
    await rejected(headers, expected);
  });

  test('a person who loses the role is rejected, and the account rests', async () => {
    await enteredBrowser(store, ADA);
    const page = await behindProxy(store.browser(), { ...ADA, 'Remote-Groups': '' }).get('/login');
    expect([page.status, (await store.userOf('ada')).role]).toEqual([403, 'customer']);
    expect(await countsOf(store)).toMatchObject({ sessions: 0 });
  });

  test('an address that becomes that of a local account is rejected, and the account stays as it was', async () => {
    await enteredBrowser(store, ADA);
    const changed = { ...ADA, 'Remote-Email': `${MANAGER}@store.test` };
    expect((await behindProxy(store.browser(), changed).get('/login')).status).toBe(409);
    expect((await store.userOf('ada')).email).toBe('ada@corp.test');
  });

  test('a name of a local account gets a login of its own', async () => {
    await enteredBrowser(store, { ...ADA, 'Remote-User': MANAGER });
    expect(await store.userOf(`${MANAGER}-2`)).toMatchObject({ email: 'ada@corp.test' });
    expect((await store.userOf(MANAGER)).role).toBe('administrator');
  });

  test.each([
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
  ])('redirect_to=%j does not lead to another site', async (target) => {
    const browser = behindProxy(store.browser(), ADA);
    const path = `/wc-auth/v1/sign-in/proxy?redirect_to=${encodeURIComponent(target)}`;
    expect((await browser.get(path)).location).toBe(`${store.url}/`);
  });

  test('a link of another site signs in whom the header names, and no other person', async () => {
    const browser = await enteredBrowser(store, BOB);
    const link = '/wc-auth/v1/sign-in/proxy?redirect_to=/account&Remote-User=ada&user=ada&remote-groups=ops';
    await browser.get(link, { 'sec-fetch-site': 'cross-site', referer: 'https://evil.example/' });
    expect((await browser.get('/account')).body).toContain('bob@corp.test');
    expect(await countsOf(store)).toMatchObject({ external: 1, sessions: 1 });
  });
});

test('headers of a peer that TRUST_PROXY does not name', async () => {
  store = await startTestStore({ env: { ...PROXY_ENV, TRUST_PROXY: '10.0.0.1' } });
  await rejected(
    { ...ADA, 'X-Forwarded-For': '10.0.0.1', Forwarded: 'for=10.0.0.1' },
    { status: 403, reason: 'no_header', because: 'TRUST_PROXY does not name the peer' },
  );
});

describe('signed assertions', () => {
  let issuer: AssertionIssuer;
  beforeEach(async () => {
    issuer = await startAssertionIssuer();
    store = await startTestStore({ env: { ...ASSERTION_ENV, ...issuer.env } });
  });
  afterEach(() => issuer.close());
  const seconds = Math.floor(Date.now() / 1000);

  test('a valid assertion signs in its subject, with its address and its groups', async () => {
    await enteredBrowser(store, { 'X-Assertion': await issuer.sign(), 'Remote-User': 'ada' });
    const user = await store.userOf('ada');
    expect(user).toMatchObject({ email: 'ada@corp.test', role: 'shop_manager' });
    expect(await store.database.knex('external_accounts').select('issuer', 'subject')).toEqual([
      { issuer: issuer.issuer, subject: 'id-of-ada' },
    ]);
  });

  test('groups in the claim custom count, as Cloudflare Access sends them', async () => {
    const assertion = await issuer.sign({ without: ['groups'], claims: { custom: { groups: ['ops'] } } });
    await enteredBrowser(store, { 'X-Assertion': assertion });
    expect((await store.userOf('ada')).role).toBe('shop_manager');
  });

  test.each<[string, Signing, string]>([
    ['another issuer', { claims: { iss: 'https://other.test' } }, 'claim iss (check_failed)'],
    ['no issuer', { without: ['iss'] }, 'claim iss (missing)'],
    ['another audience', { claims: { aud: 'other' } }, 'claim aud (check_failed)'],
    ['no audience', { without: ['aud'] }, 'claim aud (missing)'],
    ['an end in the past', { claims: { exp: seconds - 6 } }, 'claim exp (check_failed)'],
    ['no end', { without: ['exp'] }, 'claim exp (missing)'],
    ['a beginning in the future', { claims: { nbf: seconds + 3600 } }, 'claim nbf (check_failed)'],
    ['no subject', { without: ['sub'] }, 'claim sub'],
    ['an empty subject', { claims: { sub: '' } }, 'claim sub'],
    ['a subject that is a number', { claims: { sub: 7 } }, 'claim sub'],
    ['NUL in the subject', { claims: { sub: 'a\0' } }, 'claim sub'],
    ['half of a surrogate pair in the subject', { claims: { sub: 'a\ud800' } }, 'claim sub'],
    ['a very long subject', { claims: { sub: 'a'.repeat(256) } }, 'claim sub'],
    ['an unknown key', { header: { kid: 'two' } }, 'ERR_JWKS_NO_MATCHING_KEY'],
  ])('%s', async (_, signing, because) => {
    await rejected(
      { 'X-Assertion': await issuer.sign(signing) },
      { status: 403, reason: 'bad_proof', because },
    );
  });

  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  test.each<[string, (valid: string) => Promise<string> | string, string]>([
    ['alg none', (valid) => `${part({ alg: 'none' })}.${valid.split('.')[1]}.`, 'ERR_JOSE_ALG_NOT_ALLOWED'],
    ['HS256 with the public key', (valid) => hs256(valid), 'ERR_JOSE_ALG_NOT_ALLOWED'],
    ['another key with the known name', () => stranger(), 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED'],
    [
      'a changed claim',
      (valid) => valid.replace(/\.[^.]*\./, `.${part({ sub: 'bob' })}.`),
      'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
    ],
    ['no token', () => 'ada', 'ERR_JWS_INVALID'],
    ['garbage in three parts', () => 'a.b.c', 'ERR_JWS_INVALID'],
  ])('%s', async (_, forge, because) => {
    const assertion = await forge(await issuer.sign());
    await rejected({ 'X-Assertion': assertion }, { status: 403, reason: 'bad_proof', because });
  });

  async function hs256(valid: string): Promise<string> {
    const { decodeJwt, SignJWT } = await import('jose');
    const claims = new SignJWT(decodeJwt(valid)).setProtectedHeader({ alg: 'HS256', kid: 'one' });
    return claims.sign(new TextEncoder().encode(issuer.pem));
  }
  async function stranger(): Promise<string> {
    const other = await startAssertionIssuer();
    await other.close();
    return other.sign();
  }

  test('no assertion, although the header names a person', async () => {
    await rejected(ADA, { status: 403, reason: 'no_header', because: 'x-assertion is missing or empty' });
  });

  test('two assertions', async () => {
    const one = await issuer.sign();
    await rejected(
      { 'X-Assertion': [one, one] },
      { status: 403, reason: 'no_header', because: 'x-assertion is there 2 times' },
    );
  });

  test('a header and an assertion that name different people', async () => {
    await rejected(
      { 'X-Assertion': await issuer.sign(), 'Remote-User': 'bob' },
      { status: 403, reason: 'bad_proof', because: 'remote-user and x-assertion name different people' },
    );
  });

  test.each<[string, AssertionIssuer['keysAnswer'], unknown]>([
    [
      'answer garbage',
      (_, response) => response.end('<html>'),
      expect.stringContaining('AUTH_PROXY_JWKS_URL: '),
    ],
    [
      'answer no key set',
      (_, response) => response.end('{"keys":7}'),
      expect.stringContaining('AUTH_PROXY_JWKS_URL: '),
    ],
    [
      'answer an error',
      (_, response) => response.writeHead(500).end(),
      expect.stringContaining('Expected 200 OK'),
    ],
    [
      'lead elsewhere',
      (_, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      expect.stringContaining('Expected 200 OK'),
    ],
    ['end the connection', (request) => request.socket.destroy(), expect.stringContaining('socket hang up')],
    ['answer without end', endless, expect.stringContaining('has more than')],
  ])('keys that %s', async (_, answer, because) => {
    issuer.keysAnswer = answer;
    await rejected({ 'X-Assertion': await issuer.sign() }, { status: 502, reason: 'unavailable', because });
    issuer.keysAnswer = undefined;
    await enteredBrowser(store, { 'X-Assertion': await issuer.sign() });
  });

  test('keys that hang lead to a page after 10 seconds', async () => {
    issuer.keysAnswer = () => undefined;
    const begun = Date.now();
    await rejected(
      { 'X-Assertion': await issuer.sign() },
      { status: 502, reason: 'unavailable', because: expect.stringContaining('request timed out') },
    );
    expect(Date.now() - begun).toBeGreaterThan(9_000);
  });

  test('a session goes on when the keys are there again, and ends when the assertion has ended', async () => {
    const browser = store.browser();
    await behindProxy(browser, { 'X-Assertion': await issuer.sign() }).get('/login');
    const ended = await issuer.sign({ claims: { exp: seconds - 60 } });
    const valid = behindProxy(browser, { 'X-Assertion': await issuer.sign() });
    expect((await valid.get('/keys')).status).toBe(200);
    expect((await behindProxy(browser, { 'X-Assertion': ended }).get('/keys')).status).toBe(302);
    expect(await countsOf(store)).toMatchObject({ sessions: 0 });
  });
});

function endless(...[, response]: Parameters<NonNullable<AssertionIssuer['keysAnswer']>>): void {
  const more = () => {
    while (response.writable && response.write(' '.repeat(65_536)));
  };
  response.on('drain', more);
  more();
}
