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
  refused,
  SECRET,
  SIGNATURE_DIFFERS,
  signed,
} from './oauth-fixtures';

const withBasic = (over: Partial<AuthRequest> = {}) =>
  authRequest({ authorization: basic(KEY, SECRET), ...over });
const withOAuth = (signing: Parameters<typeof signed>[0] = {}, over: Partial<AuthRequest> = {}) =>
  authRequest({ method: signing.method ?? 'GET', target: `${PATH}?${query(signed(signing))}`, ...over });

const UNKNOWN_KEY = refused('Consumer key is invalid.');
const WRONG_SECRET = refused('Consumer secret is invalid.');
const NO_WRITE = refused('The API key provided does not have write permissions.');
const NO_READ = refused('The API key provided does not have read permissions.');
const UNKNOWN_METHOD = refused('Unknown request method.');
const NOT_MANAGER = { ...CANNOT_VIEW, status: 403 };

describe('permissions against methods', () => {
  const reads = ['GET', 'HEAD'];
  const writes = ['POST', 'PUT', 'PATCH', 'DELETE'];
  test.each([...reads, ...writes, 'OPTIONS'])('%s', async (method) => {
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
    ['a read key may not POST as GET', 'read', { method: 'POST', methodOverride: 'GET' }, NO_WRITE],
    ['a read key may not GET as DELETE', 'read', { methodOverride: 'DELETE' }, NO_WRITE],
    [
      'a read key may not POST with _method=DELETE',
      'read',
      { method: 'POST', target: `${PATH}?_method=DELETE` },
      NO_WRITE,
    ],
    ['a read key may not GET with _method=DELETE', 'read', { target: `${PATH}?_method=DELETE` }, NO_WRITE],
    ['nor with _method=delete', 'read', { target: `${PATH}?_method=delete` }, NO_WRITE],
    ['nor when another _method follows', 'read', { target: `${PATH}?_method=DELETE&_method=GET` }, NO_WRITE],
    ['nor when PHP would only see one in .method', 'read', { target: `${PATH}?.method=DELETE` }, NO_WRITE],
    [
      'a write key may not POST with _method=GET',
      'write',
      { method: 'POST', target: `${PATH}?_method=GET` },
      NO_READ,
    ],
    ['a read_write key may GET as DELETE', 'read_write', { target: `${PATH}?_method=DELETE` }, 'accepted'],
    ['an overriding method must be known', 'read_write', { methodOverride: 'GET, DELETE' }, UNKNOWN_METHOD],
    ['an overriding method is no array', 'read_write', { target: `${PATH}?_method[]=GET` }, UNKNOWN_METHOD],
    [
      'OPTIONS overridden to DELETE is a DELETE',
      'read',
      { method: 'OPTIONS', methodOverride: 'DELETE' },
      NO_WRITE,
    ],
    ['an empty override is none', 'read', { methodOverride: '', target: `${PATH}?_method=` }, 'accepted'],
  ])('%s', async (_, permissions, request, expected) => {
    expect(await outcome(keyring({ permissions }).verify(withBasic(request)))).toEqual(expected);
  });

  test('OPTIONS needs no key, unless it is overridden', () => {
    expect(needsKey(authRequest({ method: 'OPTIONS' }))).toBe(false);
    expect(needsKey(authRequest({ method: 'OPTIONS', methodOverride: 'DELETE' }))).toBe(true);
    expect(needsKey(authRequest({ methodOverride: 'OPTIONS' }))).toBe(true);
    expect(needsKey(authRequest({ method: 'PROPFIND' }))).toBe(true);
  });
});

describe('the owner, and what is written down', () => {
  test('a key whose owner is no manager is refused with 403', async () => {
    const { verify, uses } = keyring({ ownerIsManager: false });
    expect(await outcome(verify(withBasic()))).toEqual(NOT_MANAGER);
    expect(await outcome(verify(withOAuth()))).toEqual(NOT_MANAGER);
    expect(uses).toEqual([]);
  });
  test('the permission is checked before the owner', async () => {
    const { verify } = keyring({ ownerIsManager: false, permissions: 'read' });
    expect(await outcome(verify(withBasic({ method: 'POST' })))).toEqual(NO_WRITE);
  });
  test('a use is noted when everything passed, and only then', async () => {
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
  test('the key is told without its secret', async () => {
    expect(await keyring().verify(withBasic())).toEqual({
      keyId: 7,
      userId: 3,
      permissions: 'read_write',
      appUserId: '42',
    });
  });
  test('a key may be found later', async () => {
    const findPair = () => Promise.resolve({ key: undefined, proven: false });
    expect(await outcome(keyring({ findPair }).verify(withBasic()))).toEqual(UNKNOWN_KEY);
  });
});

describe('where no key is needed', () => {
  test.each<[string, AuthRequest, object | string | undefined]>([
    ['none is fine', authRequest(), undefined],
    ['a right one is told', withBasic(), { keyId: 7 }],
    ['an unknown one is refused', authRequest({ authorization: basic('ck_0', SECRET) }), UNKNOWN_KEY],
    ['a wrong secret is refused', authRequest({ authorization: basic(KEY, 'x') }), WRONG_SECRET],
    ['a wrong signature is refused', withOAuth({ secret: 'x' }), SIGNATURE_DIFFERS],
    ['one in clear over plain HTTP is none', withBasic({ secure: false }), undefined],
  ])('%s', async (_, request, expected) => {
    const result = await keyring()
      .verifyIfPresented(request)
      .catch((error: unknown) => error);
    if (expected === undefined) expect(result).toBeUndefined();
    else expect(result).toMatchObject(expected as object);
  });
});

describe('who is calling, for revocation', () => {
  test('any permission and any owner will do, and no use is noted', async () => {
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

describe('the decoy that unknown keys are compared with', () => {
  test('opens nothing', async () => {
    const { verify } = keyring();
    expect(await outcome(verify(authRequest({ authorization: basic('ck_0', 'cs_decoy') })))).toEqual(
      UNKNOWN_KEY,
    );
    expect(await outcome(verify(withOAuth({ key: 'ck_0', secret: 'cs_decoy' })))).toEqual(UNKNOWN_KEY);
  });
});

describe('OAUTH_DEBUG', () => {
  const refusal = async (request: AuthRequest, oauthDebug: boolean) =>
    (await keyring({ oauthDebug })
      .verify(request)
      .catch((error: unknown) => error)) as RestError;
  test('explains a signature that differs by the base strings', async () => {
    const { data } = await refusal(withOAuth({ secret: 'x' }), true);
    expect(data).toEqual({
      base_strings: [expect.stringMatching(/^GET&https%3A%2F%2Fshop\.example%2Fwp-json/)],
    });
  });
  test('explains a timestamp by the skew of the client’s clock', async () => {
    expect((await refusal(withOAuth({ timestamp: NOW + 3600 }), true)).data).toEqual({
      clock_skew_seconds: 3600,
    });
    expect((await refusal(withOAuth({ timestamp: 'abc' }), true)).data).toEqual({});
  });
  test('never shows a secret', async () => {
    const request = authRequest({
      secure: false,
      authorization: oauthHeader(signed({ secret: 'x' })),
      target: `${PATH}?consumer_secret=${SECRET}&x=${SECRET}`,
    });
    expect(JSON.stringify((await refusal(request, true)).data)).not.toContain(SECRET);
  });
  test('says nothing when it is off', async () => {
    expect((await refusal(withOAuth({ secret: 'x' }), false)).data).toEqual({});
    expect((await refusal(withOAuth({ timestamp: 1 }), false)).data).toEqual({});
  });
});
