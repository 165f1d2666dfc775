import fc from '../support/jest/fast-check';
import { parseAllowHosts } from '../../server/callback-delivery/allow-hosts';
import { nonPublicRange } from '../../server/callback-delivery/non-public-range';
import { parseCallbackUrl, parseReturnUrl } from '../../server/callback-delivery/urls';
import { withOutcome } from '../../server/callback-delivery/with-outcome';
import { ownPath } from '../../server/http/own-path';
import {
  byteString,
  parsePhpParams,
  percentEncode,
  rawPairs,
  rawUrlDecode,
  urlDecode,
  utf8,
  type PhpValue,
} from '../../server/http/php-params';
import { originForm, routePath, storeRoute } from '../../server/http/route-path';
import { parseStoreUrl } from '../../server/http/store-url';
import { readRequest } from '../../server/key-authentication/auth-request';
import { baseStrings } from '../../server/key-authentication/base-strings';
import { parseOAuthHeader } from '../../server/key-authentication/oauth-header';
import { presentedCredential } from '../../server/key-authentication/presented-credential';
import { authRequest, STORE } from './oauth-fixtures';

const RUNS = { numRuns: 400 };
const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
const bytes = fc.string({ unit: byte, maxLength: 60 });
/** Text of the pieces that parsers look for, and of random characters. */
const writing = (...pieces: string[]) => {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...pieces) },
    { weight: 1, arbitrary: bytes },
  );
  return fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(''));
};
const query = writing(
  'a',
  'b',
  '=',
  '&',
  '[',
  ']',
  '[]',
  '[0]',
  '[a]',
  '%',
  '%5B',
  '%00',
  '%zz',
  '+',
  '.',
  ' ',
  '__proto__',
  '9223372036854775807',
);
const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });
const url = writing(
  'https',
  'http',
  'javascript',
  ':',
  '//',
  '/',
  '\\',
  '@',
  '#',
  '?',
  '&',
  '=',
  'app.example',
  '127.0.0.1',
  '[::1]',
  '.',
  '%',
  '%2f',
  '\t',
  '\n',
  'success=1',
  'user_id',
  'bücher',
  '\u202e',
  ':443',
);

describe('parameters as PHP reads them', () => {
  test('any query is parsed with each name once, and nothing reaches an object’s prototype', () => {
    fc.assert(
      fc.property(query, (text) => {
        const params = parsePhpParams(text);
        for (const [name, value] of params)
          expect([/[ .[]/.test(name[0] ?? '['), depthOf(value) <= 64]).toEqual([false, true]);
        expect(({} as Record<string, unknown>)['a']).toBeUndefined();
      }),
      RUNS,
    );
  });

  test('percent-encoded text is restored byte for byte', () => {
    fc.assert(
      fc.property(bytes, (text) => {
        const encoded = percentEncode(text);
        expect(encoded).toMatch(/^(?:[\w.~-]|%[0-9A-F]{2})*$/);
        expect([rawUrlDecode(encoded), urlDecode(encoded)]).toEqual([text, text]);
      }),
      RUNS,
    );
  });

  test('encoded pairs are the pairs that are parsed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: byte, minLength: 1, maxLength: 8 }), bytes), { maxLength: 8 }),
        (pairs) => {
          const text = pairs
            .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
            .join('&');
          expect(rawPairs(text)).toEqual(pairs);
        },
      ),
      RUNS,
    );
  });

  test('bytes become text only if they are UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = Buffer.from(text, 'utf8').toString('latin1');
        expect(utf8(encoded)).toBe(text.toWellFormed());
        expect(byteString(encoded)).toBe(encoded);
      }),
      RUNS,
    );
  });

  test('a long query is parsed in a time that grows only with its length', () => {
    for (const piece of ['a[', 'a[]=1&', '[', '%', '&', 'a=1&', 'a[a]'.repeat(30)]) {
      const started = performance.now();
      parsePhpParams(piece.repeat(Math.ceil(100_000 / piece.length)));
      expect([piece, performance.now() - started < 2_000]).toEqual([piece, true]);
    }
  });
});

const depthOf = (value: PhpValue): number =>
  typeof value === 'string' ? 0 : 1 + Math.max(0, ...[...value.values()].map(depthOf));

describe('paths and addresses', () => {
  const target = writing(
    '/',
    '//',
    '/wc-auth/',
    'v1',
    '/index.php',
    '/Store',
    '?',
    'wc-auth-route=',
    'wc-auth-version=1',
    '&',
    '%2f',
    '..',
    'http://',
    'a:b',
    '*',
    '#',
  );

  test('every request target has a path, and its query stays unchanged', () => {
    fc.assert(
      fc.property(target, fc.constantFrom('', '/store'), (text, basePath) => {
        expect(originForm(text)).toMatch(/^\//);
        const path = routePath(storeRoute(text, basePath));
        expect(path).toMatch(/^\/(?!\/)/);
        expect(path.split('?').slice(1).join('?')).toBe(originForm(text).split('?').slice(1).join('?'));
      }),
      RUNS,
    );
  });

  test('an accepted own path stays on the store’s host, however a browser reads it', () => {
    const storeUrl = parseStoreUrl('https://shop.example/store')!;
    fc.assert(
      fc.property(fc.oneof(url, target), (text) => {
        const path = ownPath(text, storeUrl);
        if (path === undefined) return;
        expect(path).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
        expect(new URL(path, storeUrl.origin).origin).toBe('https://shop.example');
        expect(ownPath(path, storeUrl)).toBe(path);
      }),
      RUNS,
    );
  });

  test('an accepted callback_url is an https URL without a user, and is accepted again', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          url,
          url.map((text) => `https://app.example/${text}`),
          anyText,
        ),
        (text) => {
          const parsed = parseCallbackUrl(text);
          if (parsed === 'not-a-url' || parsed === 'not-https') return;
          const { protocol, username, password, hostname } = new URL(parsed);
          expect([protocol, username, password, hostname === '']).toEqual(['https:', '', '', false]);
          expect(parseCallbackUrl(parsed)).toBe(parsed);
        },
      ),
      RUNS,
    );
  });

  test('the outcome goes to the host of the return_url, in a header of one line', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          url.map((text) => `https://app.example/${text}`),
          url,
        ),
        fc.string({ unit: 'binary', maxLength: 20 }),
        (text, userId) => {
          const returnUrl = parseReturnUrl(text);
          if (returnUrl === undefined) return;
          const location = withOutcome(returnUrl, 1, userId);
          expect(location).toMatch(/^[\x21-\x7e]+$/);
          const [before, after] = [new URL(returnUrl), new URL(location)];
          expect([after.protocol, after.host]).toEqual([before.protocol, before.host]);
          expect(after.searchParams.getAll('success')).toEqual(['1']);
          expect(after.searchParams.getAll('user_id')).toEqual([userId.toWellFormed()]);
        },
      ),
      RUNS,
    );
  });

  test('any text has one range or none, and an IPv4 address inside an IPv6 one is never public', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, url, fc.ipV6(), fc.ipV4Extended()), (text) => {
        expect(['undefined', 'string']).toContain(typeof nonPublicRange(text));
      }),
      RUNS,
    );
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        for (const embedded of [
          `::ffff:${address}`,
          `64:ff9b::${address}`,
          `::${address}`,
          `2606:2800::5efe:${address}`,
        ])
          expect([embedded, nonPublicRange(embedded)]).not.toContain(undefined);
      }),
      RUNS,
    );
  });

  test('a list of allowed hosts is parsed, or its invalid entry is named', () => {
    fc.assert(
      fc.property(fc.oneof(url, anyText), (text) => {
        try {
          expect(Array.isArray(parseAllowHosts(text))).toBe(true);
        } catch (error) {
          expect((error as Error).message).toMatch(/ is not a host, host:port or CIDR range$/);
        }
      }),
      RUNS,
    );
  });
});

describe('credentials', () => {
  const authorization = writing(
    'OAuth ',
    'Basic ',
    'Bearer ',
    'oauth_nonce',
    'oauth_consumer_key',
    'oauth_',
    '=',
    '"',
    ',',
    ', ',
    ' ',
    '\t',
    '%',
    '%22',
    'realm',
    'Y2tfOmNz',
    ':',
  );

  test('any Authorization header is parsed, and only its oauth_* names count', () => {
    fc.assert(
      fc.property(authorization, (text) => {
        const { woocommerce, rfc5849 } = parseOAuthHeader(text);
        expect(woocommerce.every(([name]) => /^oauth_[a-z_-]*$/.test(name))).toBe(true);
        expect(rfc5849.length).toBeGreaterThanOrEqual(woocommerce.length);
      }),
      RUNS,
    );
  });

  test('a request has one credential or none, none in clear text without TLS, and its base strings can be built', () => {
    const forms = query.map((text) => `oauth_nonce=1&oauth_timestamp=2&${text}`);
    fc.assert(
      fc.property(
        authorization,
        query,
        fc.option(forms, { nil: undefined }),
        fc.boolean(),
        (header, text, formBody, secure) => {
          const all =
            'oauth_consumer_key=ck&oauth_timestamp=1&oauth_nonce=2&oauth_signature=3&oauth_signature_method=4';
          const request = readRequest(
            authRequest({
              method: 'POST',
              target: `/wp-json/x?${text}&${secure ? '' : all}`,
              authorization: header,
              secure,
              formBody,
              contentType: 'application/x-www-form-urlencoded',
            }),
          );
          const credential = presentedCredential(request);
          if (credential.kind === 'plain') expect(secure).toBe(true);
          if (credential.kind !== 'oauth') return;
          for (const redacted of [false, true])
            for (const base of baseStrings(request, credential, STORE, { redacted }))
              expect(base).toMatch(/^POST&[\w%.~-]*&[\w%.~-]*/);
        },
      ),
      RUNS,
    );
  });

  test('Basic keeps both halves unchanged, whatever bytes they contain', () => {
    const half = fc.string({ unit: byte, minLength: 1, maxLength: 50 }).filter((text) => text !== '0');
    fc.assert(
      fc.property(
        half.filter((text) => !text.includes(':')),
        half,
        (consumerKey, consumerSecret) => {
          const encoded = Buffer.from(`${consumerKey}:${consumerSecret}`, 'latin1').toString('base64');
          const request = readRequest(authRequest({ authorization: `Basic ${encoded}` }));
          expect(presentedCredential(request)).toEqual({
            kind: 'plain',
            via: 'basic',
            consumerKey,
            consumerSecret,
          });
        },
      ),
      RUNS,
    );
  });
});
