import type { AuthRequest } from '../../server/key-authentication/auth-request';
import {
  authRequest,
  basic,
  CANNOT_VIEW,
  KEY,
  keyring,
  NOW,
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
const without = (name: string) =>
  authRequest({ target: `${PATH}?${query(signed().filter(([other]) => other !== name))}` });

const UNKNOWN_KEY = rejected('Consumer key is invalid.');
const WRONG_SECRET = rejected('Consumer secret is invalid.');
const BAD_TIMESTAMP = rejected('Invalid timestamp.');
const USED_NONCE = rejected('Invalid nonce - nonce has already been used.');
const UNKNOWN_METHOD = rejected('Unknown request method.');
const missing = (names: string) =>
  rejected(`Missing OAuth parameter${names}`, 'woocommerce_rest_authentication_missing_parameter');

describe('the answer to a credential, as in protocol 3.1', () => {
  test.each<[string, AuthRequest, object | string]>([
    ['a correct key and secret by Basic', withBasic(), 'accepted'],
    [
      'a correct key and secret in the query',
      authRequest({ target: `${PATH}?consumer_key=${KEY}&consumer_secret=${SECRET}` }),
      'accepted',
    ],
    ['a correct signature over TLS', withOAuth(), 'accepted'],
    ['a correct signature over plain HTTP', withOAuth({}, { secure: false }), 'accepted'],
    [
      'a correct signature over plain HTTP beside a Basic credential',
      withOAuth({}, { secure: false, authorization: basic(KEY, SECRET) }),
      'accepted',
    ],
    ['no credential', authRequest(), CANNOT_VIEW],
    ['a wrong secret', authRequest({ authorization: basic(KEY, 'cs_wrong') }), WRONG_SECRET],
    ['an unknown key by Basic', authRequest({ authorization: basic('ck_0', SECRET) }), UNKNOWN_KEY],
    [
      'an unknown key in the query',
      authRequest({ target: `${PATH}?consumer_key=ck_unknown&consumer_secret=${SECRET}` }),
      UNKNOWN_KEY,
    ],
    [
      'a wrong secret beside a correct OAuth signature',
      withOAuth({}, { authorization: basic(KEY, 'cs_wrong') }),
      WRONG_SECRET,
    ],
    [
      'a wrong secret in the query beside a correct Basic',
      withBasic({ target: `${PATH}?consumer_key=${KEY}&consumer_secret=x` }),
      WRONG_SECRET,
    ],
    ['an unknown key in OAuth', withOAuth({ key: 'ck_0' }), UNKNOWN_KEY],
    [
      'an unknown key with an unknown signature method',
      authRequest({
        target: `${PATH}?${query(signed({ key: 'ck_0' })).replace('HMAC-SHA256', 'PLAINTEXT')}`,
      }),
      UNKNOWN_KEY,
    ],
    ['a missing parameter', without('oauth_nonce'), missing(' oauth_nonce')],
    [
      'two missing parameters',
      authRequest({ target: `${PATH}?${query(signed().filter(([n]) => !/nonce|timestamp/.test(n)))}` }),
      missing('s oauth_timestamp, oauth_nonce'),
    ],
    [
      'another signature method',
      authRequest({ target: `${PATH}?${query(signed()).replace('HMAC-SHA256', 'HMAC-SHA512')}` }),
      rejected('Invalid signature - signature method is invalid.'),
    ],
    ['a signature with another secret', withOAuth({ secret: 'cs_other' }), SIGNATURE_DIFFERS],
    [
      'a signature and a timestamp that are both wrong',
      withOAuth({ secret: 'cs_other', timestamp: 1 }),
      SIGNATURE_DIFFERS,
    ],
    ['the method PROPFIND', withBasic({ method: 'PROPFIND' }), UNKNOWN_METHOD],
  ])('has the documented status, code and text: %s', async (_, request, expected) => {
    expect(await outcome(keyring().verify(request))).toEqual(expected);
  });

  test.each([
    withBasic({ secure: false }),
    authRequest({ secure: false, target: `${PATH}?consumer_key=${KEY}&consumer_secret=${SECRET}` }),
  ])('rejects a credential in clear text over plain HTTP and names https and OAuth 1.0a', async (request) => {
    expect(await outcome(keyring().verify(request))).toMatchObject({
      status: 401,
      code: 'woocommerce_rest_authentication_error',
      message: expect.stringMatching(/https.*OAuth 1\.0a/) as string,
    });
  });
});

describe('an OAuth timestamp', () => {
  test.each<[string, string | number, boolean]>([
    ['is accepted if it is now', NOW, true],
    ['is accepted if it is 900 seconds ago', NOW - 900, true],
    ['is accepted if it is 900 seconds ahead', NOW + 900, true],
    ['is rejected if it is 901 seconds ago', NOW - 901, false],
    ['is rejected if it is 901 seconds ahead', NOW + 901, false],
    ['is accepted with a leading zero', `0${NOW}`, true],
    ['is rejected if it has letters only', 'abc', false],
    ['is rejected with letters at the end', `${NOW}abc`, false],
    ['is rejected with a fraction', `${NOW}.5`, false],
    ['is rejected in milliseconds', `${NOW}000`, false],
    ['is rejected with a space at the end', `${NOW} `, false],
    ['is rejected with a plus sign', `+${NOW}`, false],
    ['is rejected with an exponent', '1.8e9', false],
    ['is rejected in hexadecimal', '0x6b49d200', false],
    ['is rejected with digits of another script', '١٨٠٠٠٠٠٠٠٠', false],
    ['is rejected with a thousand digits', '9'.repeat(1000), false],
    ['is rejected if it is 2^64 more', String(BigInt(NOW) + 2n ** 64n), false],
  ])('%s', async (_, timestamp, right) => {
    expect(await outcome(keyring().verify(withOAuth({ timestamp })))).toEqual(
      right ? 'accepted' : BAD_TIMESTAMP,
    );
  });

  test('is compared in whole seconds of the clock', async () => {
    const { verify } = keyring({ now: () => (NOW + 900) * 1000 + 999 });
    expect(await outcome(verify(withOAuth()))).toBe('accepted');
  });
});

describe('an OAuth nonce', () => {
  test('is accepted once, even with another timestamp', async () => {
    const { verify } = keyring();
    expect(await outcome(verify(withOAuth({ nonce: 'a' })))).toBe('accepted');
    expect(await outcome(verify(withOAuth({ nonce: 'a' })))).toEqual(USED_NONCE);
    expect(await outcome(verify(withOAuth({ nonce: 'a', timestamp: NOW + 60 })))).toEqual(USED_NONCE);
    expect(await outcome(verify(withOAuth({ nonce: 'b' })))).toBe('accepted');
  });
  test('is not used up by a bad signature or a bad timestamp', async () => {
    const { verify, nonces } = keyring();
    await outcome(verify(withOAuth({ nonce: 'a', secret: 'x' })));
    await outcome(verify(withOAuth({ nonce: 'a', timestamp: 1 })));
    expect(nonces.size).toBe(0);
    expect(await outcome(verify(withOAuth({ nonce: 'a' })))).toBe('accepted');
  });
  test('is used up when the permission check denies the request', async () => {
    const { verify } = keyring();
    expect(await outcome(verify(withOAuth({ nonce: 'a', method: 'PROPFIND' })))).toEqual(UNKNOWN_METHOD);
    expect(await outcome(verify(withOAuth({ nonce: 'a' })))).toEqual(USED_NONCE);
  });
  test('is checked after the timestamp', async () => {
    const { verify } = keyring();
    await verify(withOAuth({ nonce: 'a' }));
    expect(await outcome(verify(withOAuth({ nonce: 'a', timestamp: 1 })))).toEqual(BAD_TIMESTAMP);
  });
  test('reaches the store as 32 hex digits, whatever it is', async () => {
    const { verify, nonces } = keyring();
    for (const nonce of ['a', 'n'.repeat(5000), 'ü\0', '%FF'])
      expect(await outcome(verify(withOAuth({ nonce })))).toBe('accepted');
    expect([...nonces].every((nonce) => /^[0-9a-f]{32}$/.test(nonce))).toBe(true);
    expect(nonces.size).toBe(4);
  });
  test('may be checked asynchronously', async () => {
    const { verify } = keyring({ spendNonce: () => Promise.resolve(false) });
    expect(await outcome(verify(withOAuth()))).toEqual(USED_NONCE);
  });
});
