import fc from '../support/jest/fast-check';
import { RestError } from '../../server/errors/http-errors';
import type { AuthRequest } from '../../server/key-authentication/auth-request';
import {
  authRequest,
  basic,
  KEY,
  keyring,
  outcome,
  PATH,
  query,
  SECRET,
  SIGNATURE_DIFFERS,
  signed,
} from './oauth-fixtures';

const FORM = 'application/x-www-form-urlencoded';

describe('hostile input to key authentication', () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({
      unit: fc.constantFrom(
        ...Array.from('a=&[]%+,". :/?#@\0\xff'),
        'oauth_',
        'oauth_nonce',
        'consumer_key',
        '__proto__',
        '%ff',
        '\ud800',
        '😀',
      ),
    }),
  );
  const header = fc.oneof(
    nasty,
    nasty.map((text) => `OAuth ${text}`),
    nasty.map((text) => `Basic ${text}`),
    nasty.map((text) => `Basic ${Buffer.from(text, 'latin1').toString('base64')}`),
    nasty.map(
      (text) =>
        `OAuth oauth_consumer_key="${KEY}", oauth_nonce="${text}", oauth_timestamp=${text}, oauth_signature="${text}", oauth_signature_method="HMAC-SHA1"`,
    ),
  );
  const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined });
  test('throws only a RestError for any request', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          method: fc.oneof(fc.constantFrom('GET', 'POST', '__proto__'), nasty),
          target: fc.oneof(
            nasty,
            nasty.map((text) => `/?${text}`),
            nasty.map((text) => `/?${query(signed())}&${text}`),
          ),
          host: maybe(nasty),
          secure: fc.boolean(),
          authorization: maybe(header),
          contentType: maybe(fc.oneof(fc.constant(FORM), nasty)),
          address: fc.constant('192.0.2.1'),
          methodOverride: maybe(nasty),
          formBody: maybe(nasty),
        }),
        async (request) => {
          const result = await keyring({ oauthDebug: true })
            .verify(request)
            .catch((error: unknown) => error);
          if (result instanceof Error) expect(result).toBeInstanceOf(RestError);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test.each<[string, Partial<AuthRequest>]>([
    [
      '__proto__ as a parameter',
      { target: `${PATH}?__proto__=1&__proto__[oauth_nonce]=x&${query(signed({ secret: 'x' }))}` },
    ],
    [
      'invalid UTF-8',
      {
        target: `${PATH}?a=%ff%fe&${query(signed({ secret: 'x' }))}`,
        authorization: 'OAuth oauth_nonce="\xff"',
      },
    ],
    ['a lone surrogate', { target: `${PATH}?a=\ud800`, authorization: basic('\ud800', '\udfff') }],
    ['bad base64', { authorization: 'Basic %%%' }],
    ['arrays of all five', { target: `${PATH}?${query(signed()).replace(/=/g, '[]=')}` }],
  ])('gets a documented 4xx: %s', async (_, request) => {
    const result = await keyring()
      .verify(authRequest(request))
      .catch((error: unknown) => error);
    expect(result).toBeInstanceOf(RestError);
    expect([401, 403]).toContain((result as RestError).status);
  });
});

describe('a request with 50,000 parameters', () => {
  const own = Array.from({ length: 50_000 }, (_, i) => [`p${i}`, 'x'] as const);
  test.each<[string, () => Partial<AuthRequest>, 'accepted' | object]>([
    [
      'correctly signed',
      () => ({ target: `${PATH}?${query([...own, ...signed({ params: own })])}` }),
      'accepted',
    ],
    [
      'a list, wrongly signed',
      () => ({ target: `${PATH}?${'a[]=1&'.repeat(50_000)}${query(signed())}` }),
      SIGNATURE_DIFFERS,
    ],
    [
      '50,000 times oauth_nonce',
      () => ({ target: `${PATH}?${'oauth_nonce=1&'.repeat(50_000)}${query(signed({ secret: 'x' }))}` }),
      SIGNATURE_DIFFERS,
    ],
    [
      'in a form',
      () => ({
        method: 'POST',
        contentType: FORM,
        formBody: query([...own, ...signed({ method: 'POST', params: own })]),
      }),
      'accepted',
    ],
    [
      'beside a Basic credential',
      () => ({ authorization: basic(KEY, SECRET), target: `${PATH}?${query(own)}` }),
      'accepted',
    ],
  ])('is checked without comparing each parameter with every other: %s', async (_, make, expected) => {
    const request = authRequest(make());
    const start = performance.now();
    expect(await outcome(keyring({ oauthDebug: true }).verify(request))).toEqual(expected);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
