// npm's woocommerce-rest-ts-api against a listening server; see woocommerce-clients.test.ts.
import WooCommerceRestApi from 'woocommerce-rest-ts-api';

const { url, consumerKey, consumerSecret, queryStringAuth } = JSON.parse(process.env.STORE);
const api = new WooCommerceRestApi({ url, consumerKey, consumerSecret, queryStringAuth, version: 'wc/v3' });
const awkward = {
  search: "blue shirt & Zoë's ☕ 100% +1",
  include: [3, 1, 2],
  // When it signs, it escapes the brackets of a name twice and signs neither spelling. WooCommerce
  // rejects that, too.
  ...(url.startsWith('https:') ? { 'filter[period]': 'week' } : {}),
};

const calls = {
  GET: () => api.get('products', { per_page: 5 }),
  'GET awkward': () => api.get('products', awkward),
  POST: () => api.post('products', { name: 'Zoë & ☕' }, { lang: 'de' }),
  PUT: () => api.put('products', { price: '1.50' }, { id: 1 }),
  DELETE: () => api.delete('products', { force: true }, { id: 1 }),
  OPTIONS: () => api.options('products'),
};
for (const [name, call] of Object.entries(calls)) {
  const answer = await call().catch((error) => ({
    status: error.statusCode || String(error),
    data: error.response,
  }));
  console.log(JSON.stringify({ name, status: answer.status, data: answer.data }));
}
