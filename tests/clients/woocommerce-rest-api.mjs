// npm's @woocommerce/woocommerce-rest-api against a listening server; see
// woocommerce-clients.test.ts.
import library from '@woocommerce/woocommerce-rest-api';

const { url, consumerKey, consumerSecret, queryStringAuth, wpAPIPrefix } = JSON.parse(process.env.STORE);
const WooCommerceRestApi = library.default;
const api = new WooCommerceRestApi({
  url,
  consumerKey,
  consumerSecret,
  queryStringAuth,
  wpAPIPrefix,
  version: 'wc/v3',
});
const awkward = {
  search: "blue shirt & Zoë's ☕ 100% +1",
  include: [3, 1, 2],
  'filter[period]': 'week',
  filter: { date_min: '2024-01-01T00:00:00+02:00' },
};

const calls = {
  GET: () => api.get('products', { per_page: 5 }),
  'GET awkward': () => api.get('products', awkward),
  POST: () => api.post('products', { name: 'Zoë & ☕' }, { lang: 'de', dp: 2 }),
  PUT: () => api.put('products/1', { price: '1.50' }),
  DELETE: () => api.delete('products/1', { force: true }),
  OPTIONS: () => api.options('products'),
};
for (const [name, call] of Object.entries(calls)) {
  const answer = await call().catch((error) => error.response ?? { status: String(error) });
  console.log(JSON.stringify({ name, status: answer.status, data: answer.data }));
}
