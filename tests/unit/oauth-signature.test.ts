import type { AuthRequest } from '../../server/key-authentication/auth-request';
import { signatureMatches } from '../../server/key-authentication/oauth-signature';
import {
  authRequest,
  enc,
  keyring,
  NOW,
  oauthHeader,
  outcome,
  PATH,
  query,
  SIGNATURE_DIFFERS,
  signed,
  type Pairs,
} from './oauth-fixtures';

const FORM = 'application/x-www-form-urlencoded';
const verdictOn = (over: Partial<AuthRequest>) => outcome(keyring().verify(authRequest(over)));

/**
 * Builds WooCommerce's third part of a base string from parts written by hand. `own` precedes the
 * oauth parameters.
 */
const woocommerce =
  (own: string[], behind: string[] = []) =>
  (oauth: Pairs) =>
    [...own, ...oauth.map(([name, value]) => enc(`${name}=${enc(value)}`)), ...behind].join('%26');

describe('a signature over WooCommerce’s form of the parameters or over RFC 5849’s', () => {
  test.each<[string, string, Pairs | ((oauth: Pairs) => string)]>([
    [
      'RFC 5849: a list signed as written',
      'include[]=2&include[]=1',
      [
        ['include[]', '1'],
        ['include[]', '2'],
      ],
    ],
    [
      'RFC 5849: the same name twice, both signed',
      'a=2&a=1',
      [
        ['a', '1'],
        ['a', '2'],
      ],
    ],
    ['RFC 5849: a dot in a name', 'a.b=1', [['a.b', '1']]],
    [
      'RFC 5849: nested keys sorted',
      'm[z]=1&m[a]=2',
      [
        ['m[a]', '2'],
        ['m[z]', '1'],
      ],
    ],
    [
      'RFC 5849: twelve members sorted as text',
      Array.from({ length: 12 }, (_, i) => `i[${i}]=${i}`).join('&'),
      Array.from({ length: 12 }, (_, i) => [`i[${i}]`, String(i)] as const),
    ],
    [
      'RFC 5849: a name encoded first, sorted then',
      'b%C3%A9=1&bz=2',
      [
        ['bé', '1'],
        ['bz', '2'],
      ],
    ],
    ['a space sent as plus', 'q=a+b', [['q', 'a b']]],
    ['an escape in small letters', 'q=a%2fb', [['q', 'a/b']]],
    ['an escape that was not necessary', 'q=%61', [['q', 'a']]],
    ['a trailing ampersand', 'q=a&', [['q', 'a']]],
    [
      'WooCommerce: a list signed with its indexes',
      'include[]=2&include[]=1',
      [
        ['include[0]', '2'],
        ['include[1]', '1'],
      ],
    ],
    ['WooCommerce: the last of two equal names', 'a=1&a=2', [['a', '2']]],
    [
      'WooCommerce: every parameter sent twice',
      'a=1&b=2&a=1&b=2',
      [
        ['a', '1'],
        ['b', '2'],
      ],
    ],
    ['WooCommerce: a dot signed as an underscore', 'a.b=1', [['a_b', '1']]],
    [
      'WooCommerce: nested keys in wire order',
      'm[z]=1&m[a]=2',
      woocommerce(['m%255Bz%255D%3D1', 'm%255Ba%255D%3D2']),
    ],
    [
      'WooCommerce: a nested key encoded once less than a name',
      'm[a b]=1',
      woocommerce(['m%255Ba%20b%255D%3D1']),
    ],
    [
      'WooCommerce: names sorted before they are encoded',
      'per-x=1&p%C3%A9=2&per=3',
      woocommerce([], ['per%3D3', 'per-x%3D1', 'p%25C3%25A9%3D2']),
    ],
    ['WooCommerce: invalid UTF-8 as the bytes it is', 'a=%ff', woocommerce(['a%3D%25FF'])],
  ])('is accepted over %s', async (_, raw, signing) => {
    const how = typeof signing === 'function' ? { normalize: signing } : { params: signing };
    expect(await verdictOn({ target: `${PATH}?${raw}&${query(signed(how))}` })).toBe('accepted');
    expect(await verdictOn({ target: `${PATH}?${raw}`, authorization: oauthHeader(signed(how)) })).toBe(
      'accepted',
    );
    expect(await verdictOn({ target: `${PATH}?${raw}&more=1&${query(signed(how))}` })).toEqual(
      SIGNATURE_DIFFERS,
    );
  });

  test.each<[string, (pairs: [string, string][]) => string]>([
    ['may have unescaped plus signs', (pairs) => pairs.map(([n, v]) => `${n}=${v}`).join('&')],
    [
      'may be encoded twice',
      (pairs) => query(pairs.map(([n, v]) => [n, n === 'oauth_signature' ? enc(v) : v])),
    ],
  ])('%s', async (_, write) => {
    const withPlus = Array.from({ length: 200 }, () => signed()).filter((pairs) =>
      pairs.at(-1)![1].includes('+'),
    );
    for (const pairs of withPlus.slice(0, 5))
      expect(await verdictOn({ target: `${PATH}?${write(pairs.map(([n, v]) => [n, v]))}` })).toBe('accepted');
  });

  test('may use HMAC-SHA1 or HMAC-SHA256, and is valid only for the method it was made with', async () => {
    expect(await verdictOn({ target: `${PATH}?${query(signed({ algorithm: 'HMAC-SHA1' }))}` })).toBe(
      'accepted',
    );
    const other = signed().map(([n, v]) => [n, v === 'HMAC-SHA256' ? 'HMAC-SHA1' : v] as const);
    expect(await verdictOn({ target: `${PATH}?${query(other)}` })).toEqual(SIGNATURE_DIFFERS);
    expect(signatureMatches('x', 'HMAC-SHA512', 's', ['y'])).toBe(false);
    expect(signatureMatches('', 'HMAC-SHA1', 's', [])).toBe(false);
  });

  test.each(['1.0', '1.0A', ''])('covers oauth_version %j, whose value does not matter', async (version) => {
    const params: Pairs = [['oauth_version', version]];
    expect(await verdictOn({ target: `${PATH}?${query([...params, ...signed({ params })])}` })).toBe(
      'accepted',
    );
  });

  test('does not cover a parameter that is only in the header', async () => {
    const params: Pairs = [['per_page', '1']];
    expect(await verdictOn({ authorization: oauthHeader([...params, ...signed({ params })]) })).toEqual(
      SIGNATURE_DIFFERS,
    );
  });

  test('is read from a valid header before the query', async () => {
    const authorization = oauthHeader(signed());
    expect(await verdictOn({ target: `${PATH}?oauth_nonce=other&oauth_signature=bad`, authorization })).toBe(
      'accepted',
    );
  });

  test('does not cover, in WooCommerce’s form, a parameter that PHP drops', async () => {
    const list: Pairs = [['i[0]', '1']]; // This is not RFC 5849's form of i[].
    for (const extra of ['', '&=x', '&[a]=b', `&x${'[]'.repeat(70)}=1`])
      expect(await verdictOn({ target: `${PATH}?i[]=1${extra}&${query(signed({ params: list }))}` })).toEqual(
        extra === '' ? 'accepted' : SIGNATURE_DIFFERS,
      );
  });

  test('never has the same base string in WooCommerce’s form for two different requests', async () => {
    const pairs = query(
      signed({
        params: [
          ['a[b]', '1'],
          ['a[c]', '2'],
        ],
      }),
    );
    expect(await verdictOn({ target: `${PATH}?a[b]=1&a[c]=2&${pairs}` })).toBe('accepted');
    expect(await verdictOn({ target: `${PATH}?a[b%255D%3D1%26a%255Bc]=2&${pairs}` })).toEqual(
      SIGNATURE_DIFFERS,
    );
    const deep = query(signed({ params: [['a[b][c]', '1']] }));
    expect(await verdictOn({ target: `${PATH}?a[b][c]=1&${deep}` })).toBe('accepted');
    expect(await verdictOn({ target: `${PATH}?a[b%255D%255Bc]=1&${deep}` })).toEqual(SIGNATURE_DIFFERS);
  });
});

describe('a form body and the signature', () => {
  const params: Pairs = [['name', 'x y']];
  const post = (over: Partial<AuthRequest>) =>
    verdictOn({ method: 'POST', contentType: FORM, formBody: 'name=x+y', ...over });
  const url = (pairs: Pairs) => `${PATH}?${query(pairs)}`;
  test.each<[string, Partial<AuthRequest>, 'accepted' | object]>([
    ['agree for a POST', { target: url(signed({ method: 'POST', params })) }, 'accepted'],
    [
      'differ if the body of a POST is not signed',
      { target: url(signed({ method: 'POST' })) },
      SIGNATURE_DIFFERS,
    ],
    [
      'agree for a POST signed as PHP reads it',
      { target: url(signed({ method: 'POST', params: [['i[0]', '1']] })), formBody: 'i[]=1' },
      'accepted',
    ],
    [
      'agree for a PUT in RFC 5849’s form',
      { method: 'PUT', target: url(signed({ method: 'PUT', params })) },
      'accepted',
    ],
    [
      'agree for a PUT without the body, in WooCommerce’s form',
      { method: 'PUT', target: url(signed({ method: 'PUT' })) },
      'accepted',
    ],
    [
      'agree if the body contains the oauth parameters',
      { formBody: `name=x+y&${query(signed({ method: 'POST', params }))}` },
      'accepted',
    ],
    [
      'agree if the body of a PUT contains the oauth parameters',
      { method: 'PUT', formBody: `name=x+y&${query(signed({ method: 'PUT', params }))}` },
      'accepted',
    ],
    [
      'differ for a POST whose body the endpoint does not see',
      { target: url(signed({ method: 'POST', params })), formBody: undefined },
      SIGNATURE_DIFFERS,
    ],
    [
      'differ if the body is not signed and the endpoint does not see it',
      { target: url(signed({ method: 'POST' })), formBody: undefined },
      SIGNATURE_DIFFERS,
    ],
    ['agree for an empty body', { target: url(signed({ method: 'POST' })), formBody: '' }, 'accepted'],
    [
      'agree for JSON, which is not signed',
      { target: url(signed({ method: 'POST' })), contentType: 'application/json', formBody: '{}' },
      'accepted',
    ],
  ])('%s', async (_, request, expected) => {
    expect(await post(request)).toEqual(expected);
  });

  test('differ when a captured PUT is sent with a new nonce in a form', async () => {
    const target = url(signed({ method: 'PUT' }));
    const { verify } = keyring();
    const put = (formBody: string) =>
      outcome(verify(authRequest({ method: 'PUT', target, contentType: FORM, formBody })));
    expect(await put('')).toBe('accepted');
    expect(await put('oauth_nonce=new')).toEqual(SIGNATURE_DIFFERS);
    expect(await put('oauth.nonce=new')).toEqual(SIGNATURE_DIFFERS);
    expect(await put(`oauth_timestamp=${NOW + 60}`)).toEqual(SIGNATURE_DIFFERS);
  });
});
