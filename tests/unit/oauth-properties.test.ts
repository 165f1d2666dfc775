import fc from '../support/jest/fast-check';
import { RestError } from '../../server/errors/http-errors';
import { storeRoute } from '../../server/http/route-path';
import type { AuthRequest } from '../../server/key-authentication/auth-request';
import {
  authRequest,
  enc,
  keyring,
  oauthHeader,
  outcome,
  PATH,
  query,
  signed,
  type Pairs,
} from './oauth-fixtures';

const FORM = 'application/x-www-form-urlencoded';
const settle = (request: AuthRequest) =>
  keyring()
    .verify(request)
    .catch((error: unknown) => error);

/**
 * A request signed for its own host, which is not the store's, with the oauth parameters in its
 * header.
 */
const signedRequest = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE'),
    host: fc.constantFrom('lan.example:8080', '10.1.2.3', '[::1]:81'),
    path: fc.array(
      fc.string({ unit: fc.constantFrom(...Array.from('abcXYZ019-_~')), minLength: 1, maxLength: 6 }),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
    query: fc.array(
      fc.tuple(fc.stringMatching(/^[a-z]{1,4}$/), fc.string({ unit: 'grapheme', maxLength: 6 })),
      { maxLength: 4 },
    ),
    form: fc.array(
      fc.tuple(fc.stringMatching(/^[A-Z]{1,4}$/), fc.string({ unit: 'grapheme', maxLength: 6 })),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ method, host, path, query: own, form }) => {
    const target = `/${path.join('/')}`;
    const isPost = method === 'POST';
    const params: Pairs = [...own, ...(isPost ? form : [])];
    return authRequest({
      method,
      host,
      secure: false,
      target: own.length > 0 ? `${target}?${query(own)}` : target,
      authorization: oauthHeader(signed({ method, url: `http://${host}${target}`, params })),
      contentType: isPost ? FORM : undefined,
      formBody: isPost ? query(form) : undefined,
    });
  });

/**
 * Returns a text as a list of pairs. Spellings that decode to the same pairs are the same request.
 */
const meaning = (text: string) =>
  text
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      const bytes = (part: string) =>
        part
          .replaceAll('+', ' ')
          .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
      return `${enc(bytes(name))}=${enc(bytes(value))}`;
    });
const sameQuery = (a: string, b: string) => meaning(a).sort().join('&') === meaning(b).sort().join('&');
/** Compares as PHP does: a dot is an underscore, and only the last of two equal names counts. */
const mayMeanTheSame = (a: string, b: string) => {
  const php = (text: string) =>
    [
      ...new Map(
        meaning(text)
          .map((pair) => pair.split('=') as [string, string])
          .map(([n, v]) => [
            n
              .replace(/^(%20)+/, '')
              .replace(/\.|%20/g, '_')
              .replace(/%00.*/, ''),
            v,
          ]),
      ),
    ]
      .sort()
      .join('&');
  return sameQuery(a, b) || php(a) === php(b);
};

const change = fc.record({
  where: fc.nat(),
  how: fc.constantFrom('replace', 'insert', 'delete'),
  byte: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
});
function changed(text: string, { where, how, byte }: { where: number; how: string; byte: string }): string {
  const at = where % (text.length + (how === 'insert' ? 1 : 0) || 1);
  return text.slice(0, at) + (how === 'delete' ? '' : byte) + text.slice(how === 'insert' ? at : at + 1);
}

describe('a signed request', () => {
  test('is accepted unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(signedRequest, async (request) => {
        expect(await outcome(keyring().verify(request))).toBe('accepted');
      }),
    );
  });

  const parts: [string, (request: AuthRequest, edit: (text: string) => string) => AuthRequest | undefined][] =
    [
      [
        'method',
        (request, edit) =>
          different(request, 'method', edit(request.method), (a, b) => a.toUpperCase() === b.toUpperCase()),
      ],
      [
        'host',
        (request, edit) =>
          different(request, 'host', edit(request.host!), (a, b) => sameHost(a) === sameHost(b)),
      ],
      [
        'path',
        (request, edit) => {
          const [path, ...rest] = request.target.split('?');
          const next = edit(path!);
          // A question mark in a path begins the query, so the meaning may stay the same.
          if (next.includes('?') && next.replace('?', '') === path) return undefined;
          return different(request, 'target', [next === '' ? '/' : next, ...rest].join('?'), sameRoute);
        },
      ],
      [
        'query',
        (request, edit) => {
          const [path, text] = request.target.split('?');
          if (text === undefined) return undefined;
          const next = edit(text);
          return mayMeanTheSame(text, next) ? undefined : { ...request, target: `${path!}?${next}` };
        },
      ],
      [
        'form',
        (request, edit) => {
          if (request.formBody === undefined) return undefined;
          const next = edit(request.formBody);
          return mayMeanTheSame(request.formBody, next) ? undefined : { ...request, formBody: next };
        },
      ],
    ];
  test.each(parts)('is rejected with one changed byte in its %s', async (_, apply) => {
    await fc.assert(
      fc.asyncProperty(signedRequest, change, async (request, how) => {
        const other = apply(request, (text) => changed(text, how));
        fc.pre(other !== undefined);
        const result = await settle(other);
        expect(result).toBeInstanceOf(RestError);
        expect((result as RestError).status).toBe(401);
      }),
      { numRuns: 400 },
    );
  });

  test('is rejected with one changed byte in its signature, key, nonce, timestamp or signature method', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(4), change, async (which, how) => {
        const pairs = signed({ nonce: 'abcdef' });
        const [name, value] = pairs[which]!;
        const next = changed(value, how);
        // A plus is decoded as a space, and a percent sign may begin an escape.
        fc.pre(next !== value && !/[%+ ]/.test(how.byte));
        pairs[which] = [name, next];
        const result = await settle(authRequest({ target: `${PATH}?${query(pairs)}` }));
        expect(result).toBeInstanceOf(RestError);
      }),
      { numRuns: 300 },
    );
  });

  function different(
    request: AuthRequest,
    field: 'method' | 'host' | 'target',
    next: string,
    same: (a: string, b: string) => boolean,
  ) {
    return request[field] === next || same(request[field]!, next) ? undefined : { ...request, [field]: next };
  }
  /**
   * Returns whether two paths name the same route. Slashes in front, and none at all, do not
   * matter.
   */
  function sameRoute(one: string, other: string): boolean {
    return storeRoute(one, '').path === storeRoute(other, '').path;
  }

  function sameHost(host: string) {
    return host.trim().toLowerCase().replace(/:80$/, '');
  }
});
