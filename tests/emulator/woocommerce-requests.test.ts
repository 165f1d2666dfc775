import { nonceMemory } from '../../emulator/woocommerce/nonce-memory';
import type { Verdict } from '../../emulator/woocommerce/verdict';
import { AE, basic, judged, ORIGIN, PAIR, rfc5849Header, UNKNOWN } from '../support/emulator/judged';

const PRODUCTS = '/wp-json/wc/v3/products';
const ACCEPTED: Verdict = { accepted: true };
const rejected = (message: string, status = 401, code = AE): Verdict => ({ status, code, message });
const CANNOT_LIST = rejected('Sorry, you cannot list resources.', 401, 'woocommerce_rest_cannot_view');
const WRONG_SIGNATURE = rejected('Invalid signature - provided signature does not match.');
const codesOf = ({ warnings }: ReturnType<typeof judged>) => warnings.map(({ code }) => code);

test('a right key and a plain signature raise no warning', () => {
  const { consumerKey, consumerSecret } = PAIR;
  const right = judged({ target: PRODUCTS, headers: basic(consumerKey, consumerSecret), ours: ACCEPTED });
  expect(right).toEqual({ warnings: [], woocommerce: undefined });
  const headers = rfc5849Header({ url: `${ORIGIN}${PRODUCTS}`, query: 'per_page=2' });
  expect(codesOf(judged({ target: `${PRODUCTS}?per_page=2`, headers, ours: ACCEPTED }))).toEqual([]);
});

test('an unknown key gets the answer of WooCommerce, which depends on the route', () => {
  const headers = basic(UNKNOWN, 'cs_x');
  const ours = rejected('Consumer key is invalid.');
  const list = judged({ target: PRODUCTS, headers, ours, permissions: null });
  expect(codesOf(list)).toEqual(['unknown-key']);
  expect(list.woocommerce).toEqual(CANNOT_LIST);
  const create = judged({ method: 'POST', target: PRODUCTS, headers, ours, permissions: null });
  expect(create.woocommerce).toEqual(
    rejected('Sorry, you are not allowed to create resources.', 401, 'woocommerce_rest_cannot_create'),
  );
});

test('a wrong secret gets the same answer as at WooCommerce', () => {
  const ours = rejected('Consumer secret is invalid.');
  expect(judged({ target: PRODUCTS, headers: basic(PAIR.consumerKey, 'cs_x'), ours })).toEqual({
    warnings: [],
    woocommerce: undefined,
  });
});

test('a Bearer key breaks at WooCommerce', () => {
  const headers = { authorization: `Bearer ${PAIR.consumerKey}.${PAIR.consumerSecret}` };
  const judgment = judged({ target: PRODUCTS, headers, ours: ACCEPTED });
  expect(judgment.warnings).toMatchObject([{ code: 'bearer', severity: 'breaks' }]);
  expect(judgment.woocommerce).toEqual(CANNOT_LIST);
});

test('WooCommerce does not look at a key over plain http', () => {
  const ours = rejected('A consumer key and secret are accepted over https only.');
  const headers = basic(PAIR.consumerKey, PAIR.consumerSecret);
  const judgment = judged({ target: PRODUCTS, headers, secure: false, ours });
  expect(codesOf(judgment)).toEqual(['plain-http']);
  expect(judgment.woocommerce).toEqual(CANNOT_LIST);
});

test.each(['include[]=1&include[]=2', 'a[b c]=1', 'search=a&search=b', 'a.b=1', '%C3%A9=1'])(
  'a signature of RFC 5849 over %s breaks at WooCommerce',
  (query) => {
    const target = `${PRODUCTS}?${query.replaceAll(' ', '%20')}`;
    const headers = rfc5849Header({ url: `${ORIGIN}${PRODUCTS}`, query });
    const judgment = judged({ target, headers, ours: ACCEPTED });
    expect(judgment.warnings).toMatchObject([{ code: 'signature-rfc5849', severity: 'breaks' }]);
    expect(judgment.woocommerce).toEqual(WRONG_SIGNATURE);
  },
);

test('a signed form of a PUT breaks at WooCommerce, and that of a POST does not', () => {
  const codesFor = (method: string) => {
    const headers = rfc5849Header({ method, url: `${ORIGIN}${PRODUCTS}/1`, form: 'name=x' });
    return codesOf(judged({ method, target: `${PRODUCTS}/1`, headers, form: 'name=x', ours: ACCEPTED }));
  };
  expect([codesFor('PUT'), codesFor('POST')]).toEqual([['signature-rfc5849'], []]);
});

test.each([
  [`/${PRODUCTS}`, `${ORIGIN}/${PRODUCTS}`, ['signature-url']],
  ['/?rest_route=/wc/v3/products', `${ORIGIN}/`, ['signature-url']],
  ['/?rest_route=/wc/v3/products', ORIGIN, []],
])('a request to %s that is signed for %s raises %j', (target, url, codes) => {
  const headers = rfc5849Header({ url, query: target.split('?')[1] ?? '' });
  expect(codesOf(judged({ target, headers, ours: ACCEPTED }))).toEqual(codes);
});

test('a signed preflight breaks at WooCommerce', () => {
  const signed = rfc5849Header({ url: `${ORIGIN}${PRODUCTS}` });
  const headers = { ...signed, 'access-control-request-method': 'GET' };
  const judgment = judged({ method: 'OPTIONS', target: PRODUCTS, headers, ours: ACCEPTED });
  expect(judgment.warnings).toMatchObject([{ code: 'preflight', severity: 'breaks' }]);
});

test('a read key that posts as GET passes at WooCommerce', () => {
  const headers = { ...basic(PAIR.consumerKey, PAIR.consumerSecret), 'x-http-method-override': 'GET' };
  const ours = rejected('The API key provided does not have write permissions.');
  const asGet = judged({ method: 'POST', target: PRODUCTS, headers, ours, permissions: 'read' });
  expect(asGet.warnings).toMatchObject([{ code: 'method-override', severity: 'code' }]);
  expect(asGet.woocommerce).toEqual(ACCEPTED);
  const plain = { method: 'POST', target: PRODUCTS, headers: basic(PAIR.consumerKey, PAIR.consumerSecret) };
  expect(codesOf(judged({ ...plain, ours, permissions: 'read' }))).toEqual([]);
});

test('a timestamp with letters and a nonce of before have warnings of their own', () => {
  const signed = (timestamp: string, message: string) => {
    const headers = rfc5849Header({ url: `${ORIGIN}${PRODUCTS}`, timestamp });
    return codesOf(judged({ target: PRODUCTS, headers, ours: rejected(message) }));
  };
  expect(signed('1795233814abc', 'Invalid timestamp.')).toEqual(['timestamp']);
  expect(signed('1795233814', 'Invalid nonce - nonce has already been used.')).toEqual(['nonce']);
  expect(signed('1795233814', 'Invalid timestamp.')).toEqual([]);
});

test('the owner who is not a manager any more gets a 403 by route at WooCommerce', () => {
  const headers = basic(PAIR.consumerKey, PAIR.consumerSecret);
  const ours = rejected('Sorry, you cannot list resources.', 403, 'woocommerce_rest_cannot_view');
  const target = '/wp-json/wc/v3/data/currencies/current';
  expect(judged({ target, headers, ours }).woocommerce).toEqual(
    rejected('Sorry, you cannot view this resource.', 403, 'woocommerce_rest_cannot_view'),
  );
});

test('WooCommerce rejects a nonce until another one of the same second takes its place', () => {
  const nonces = nonceMemory();
  const used = (timestamp: string, nonce: string, key = 'ck_1') => nonces.isUsed(key, timestamp, nonce);
  expect([used('1000', 'a'), used('1000', 'a'), used('1060', 'a'), used('1000', 'a', 'ck_2')]).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect([used('1000', 'b'), used('1000', 'a')]).toEqual([false, false]);
  // A nonce is forgotten after fifteen minutes.
  expect([used('1900', 'c'), used('1900', 'a'), used('1902', 'd'), used('1902', 'a')]).toEqual([
    false,
    true,
    false,
    false,
  ]);
});

test('letters as a timestamp are rejected by both', () => {
  const headers = rfc5849Header({ url: `${ORIGIN}${PRODUCTS}`, timestamp: 'abc' });
  expect(codesOf(judged({ target: PRODUCTS, headers, ours: rejected('Invalid timestamp.') }))).toEqual([]);
});
