import type { AuthRequest } from '../../server/key-authentication/auth-request';
import { needsKey } from '../../server/key-authentication/method-permission';
import type { RestError } from '../../server/errors/http-errors';
import {
  authRequest,
  basic,
  CANNOT_VIEW,
  KEY,
  keyring,
  NOW,
  oauthHeader,
  outcome,
  PATH,
  query,
  rejected,
  SECRET,
  SIGNATURE_DIFFERS,
  signed,
} from './oauth-fixtures';

const withBasic = (over: Partial<AuthRequest> = {}) =>
  authRequest({ authorization: basic(KEY, SECRET), ...over });
const withOAuth = (signing: Parameters<typeof signed>[0] = {}, over: Partial<AuthRequest> = {}) =>
  authRequest({ method: signing.method ?? 'GET', target: `${PATH}?${query(signed(signing))}`, ...over });

const UNKNOWN_KEY = rejected('Consumer key is invalid.');
const WRONG_SECRET = rejected('Consumer secret is invalid.');
const NO_WRITE = rejected('The API key provided does not have write permissions.');
const NO_READ = rejected('The API key provided does not have read permissions.');
const UNKNOWN_METHOD = rejected('Unknown request method.');
const NOT_MANAGER = { ...CANNOT_VIEW, status: 403 };

describe('the permissions of a key', () => {
  const reads = ['GET', 'HEAD'];
  const writes = ['POST', 'PUT', 'PATCH', 'DELETE'];
  test.each([...reads, ...writes, 'OPTIONS'])('allow or deny the method %s', async (method) => {
    const results = await Promise.all(
      (['read', 'write', 'read_write'] as const).map((permissions) =>
        outcome(keyring({ permissions }).verify(withBasic({ method }))),
      ),
    );
    expect(results).toEqual([
      writes.includes(method) ? NO_WRITE : 'accepted',
      reads.includes(method) ? NO_READ : 'accepted',
      'accepted',
    ]);
  });

  test.each<[string, 'read' | 'write' | 'read_write', Partial<AuthRequest>, object | string]>([
    ['do not let a read key POST as GET', 'read', { method: 'POST', methodOverride: 'GET' }, NO_WRITE],
    ['do not let a read key GET as DELETE', 'read', { methodOverride: 'DELETE' }, NO_WRITE],
    [
      'do not let a read key POST with _method=DELETE',
      'read',
      { method: 'POST', target: `${PATH}?_method=DELETE` },
      NO_WRITE,
    ],
    ['do not let a read key GET with _method=DELETE', 'read', { target: `${PATH}?_method=DELETE` }, NO_WRITE],
    ['do not let a read key GET with _method=delete', 'read', { target: `${PATH}?_method=delete` }, NO_WRITE],
    [
      'do not let a read key GET with two values of _method',
      'read',
      { target: `${PATH}?_method=DELETE&_method=GET` },
      NO_WRITE,
    ],
    [
      'do not let a read key GET with .method, which PHP reads as _method',
      'read',
      { target: `${PATH}?.method=DELETE` },
      NO_WRITE,
    ],
    [
      'do not let a write key POST with _method=GET',
      'write',
      { method: 'POST', target: `${PATH}?_method=GET` },
      NO_READ,
    ],
    ['let a read_write key GET as DELETE', 'read_write', { target: `${PATH}?_method=DELETE` }, 'accepted'],
    [
      'do not include an unknown override method',
      'read_write',
      { methodOverride: 'GET, DELETE' },
      UNKNOWN_METHOD,
    ],
    [
      'do not include an override method in an array',
      'read_write',
      { target: `${PATH}?_method[]=GET` },
      UNKNOWN_METHOD,
    ],
    [
      'treat OPTIONS with the override DELETE as DELETE',
      'read',
      { method: 'OPTIONS', methodOverride: 'DELETE' },
      NO_WRITE,
    ],
    ['ignore an empty override', 'read', { methodOverride: '', target: `${PATH}?_method=` }, 'accepted'],
  ])('%s', async (_, permissions, request, expected) => {
    expect(await outcome(keyring({ permissions }).verify(withBasic(request)))).toEqual(expected);
  });

  test('are not needed for OPTIONS, unless it is overridden', () => {
    expect(needsKey(authRequest({ method: 'OPTIONS' }))).toBe(false);
    expect(needsKey(authRequest({ method: 'OPTIONS', methodOverride: 'DELETE' }))).toBe(true);
    expect(needsKey(authRequest({ methodOverride: 'OPTIONS' }))).toBe(true);
    expect(needsKey(authRequest({ method: 'PROPFIND' }))).toBe(true);
  });
});

describe('a key whose secret is correct', () => {
  test('is denied with 403 if its owner is not a manager', async () => {
    const { verify, uses } = keyring({ ownerIsManager: false });
    expect(await outcome(verify(withBasic()))).toEqual(NOT_MANAGER);
    expect(await outcome(verify(withOAuth()))).toEqual(NOT_MANAGER);
    expect(uses).toEqual([]);
  });
  test('is checked for its permission before its owner', async () => {
    const { verify } = keyring({ ownerIsManager: false, permissions: 'read' });
    expect(await outcome(verify(withBasic({ method: 'POST' })))).toEqual(NO_WRITE);
  });
  test('has its use noted only if every check passed', async () => {
    const { verify, uses } = keyring({ permissions: 'read' });
    for (const request of [
      authRequest(),
      authRequest({ authorization: basic(KEY, 'x') }),
      withBasic({ method: 'POST' }),
      withOAuth({ secret: 'x' }),
    ])
      await outcome(verify(request));
    expect(uses).toEqual([]);
    await verify(withBasic());
    await verify(withOAuth());
    expect(uses).toEqual([7, 7]);
  });
  test('is returned without its secret', async () => {
    expect(await keyring().verify(withBasic())).toEqual({
      keyId: 7,
      userId: 3,
      permissions: 'read_write',
      resources: null,
      appUserId: '42',
    });
  });
  test('may be looked up asynchronously', async () => {
    const find = () => Promise.resolve({ key: undefined, proven: false });
    const { verify } = keyring({ finder: { findPair: find, findSigner: find } });
    expect(await outcome(verify(withBasic()))).toEqual(UNKNOWN_KEY);
  });
});

describe('a request to a route that needs no key', () => {
  test.each<[string, AuthRequest, object | string | undefined]>([
    ['needs no credential', authRequest(), undefined],
    ['gets the identity of a correct key', withBasic(), { keyId: 7 }],
    ['is rejected with an unknown key', authRequest({ authorization: basic('ck_0', SECRET) }), UNKNOWN_KEY],
    ['is rejected with a wrong secret', authRequest({ authorization: basic(KEY, 'x') }), WRONG_SECRET],
    ['is rejected with a wrong signature', withOAuth({ secret: 'x' }), SIGNATURE_DIFFERS],
    ['ignores a credential in clear text over plain HTTP', withBasic({ secure: false }), undefined],
  ])('%s', async (_, request, expected) => {
    const result = await keyring()
      .verifyIfPresented(request)
      .catch((error: unknown) => error);
    if (expected === undefined) expect(result).toBeUndefined();
    else expect(result).toMatchObject(expected as object);
  });
});

describe('the caller of a revocation', () => {
  test('may have any permission and any owner, and no use is noted', async () => {
    const ADDRESS = '203.0.113.9';
    const { identify, identifyPair, uses } = keyring({ permissions: 'read', ownerIsManager: false });
    expect(await identify(withBasic({ method: 'POST' }))).toMatchObject({ keyId: 7 });
    expect(await identify(withOAuth({ method: 'POST' }))).toMatchObject({ keyId: 7 });
    expect(await identifyPair(KEY, SECRET, ADDRESS)).toMatchObject({ keyId: 7 });
    expect(await identify(authRequest())).toBeUndefined();
    expect(await outcome(identifyPair(KEY, 'x', ADDRESS))).toEqual(WRONG_SECRET);
    expect(await outcome(identifyPair('x', SECRET, ADDRESS))).toEqual(UNKNOWN_KEY);
    expect(uses).toEqual([]);
  });
});

describe('the decoy secret for unknown keys', () => {
  test('opens nothing', async () => {
    const { verify } = keyring();
    expect(await outcome(verify(authRequest({ authorization: basic('ck_0', 'cs_decoy') })))).toEqual(
      UNKNOWN_KEY,
    );
    expect(await outcome(verify(withOAuth({ key: 'ck_0', secret: 'cs_decoy' })))).toEqual(UNKNOWN_KEY);
  });
});

describe('the option OAUTH_DEBUG', () => {
  const rejection = async (request: AuthRequest, oauthDebug: boolean) =>
    (await keyring({ oauthDebug })
      .verify(request)
      .catch((error: unknown) => error)) as RestError;
  test('explains a signature that differs with the base strings', async () => {
    const { data } = await rejection(withOAuth({ secret: 'x' }), true);
    expect(data).toEqual({
      base_strings: [expect.stringMatching(/^GET&https%3A%2F%2Fshop\.example%2Fwp-json/)],
    });
  });
  test('explains a timestamp with the skew of the client’s clock', async () => {
    expect((await rejection(withOAuth({ timestamp: NOW + 3600 }), true)).data).toEqual({
      clock_skew_seconds: 3600,
    });
    expect((await rejection(withOAuth({ timestamp: 'abc' }), true)).data).toEqual({});
  });
  test('never shows a secret', async () => {
    const request = authRequest({
      secure: false,
      authorization: oauthHeader(signed({ secret: 'x' })),
      target: `${PATH}?consumer_secret=${SECRET}&x=${SECRET}`,
    });
    expect(JSON.stringify((await rejection(request, true)).data)).not.toContain(SECRET);
  });
  test('says nothing when it is off', async () => {
    expect((await rejection(withOAuth({ secret: 'x' }), false)).data).toEqual({});
    expect((await rejection(withOAuth({ timestamp: 1 }), false)).data).toEqual({});
  });
});
