// npm's woocommerce-api, WooCommerce's own older client, against a listening server; see
// woocommerce-clients.test.ts.
import WooCommerceAPI from 'woocommerce-api';

const { url, consumerKey, consumerSecret, queryStringAuth } = JSON.parse(process.env.STORE);
const api = new WooCommerceAPI({
  url,
  consumerKey,
  consumerSecret,
  queryStringAuth,
  wpAPI: true,
  version: 'wc/v3',
});
const awkward =
  `search=${encodeURIComponent("blue shirt & Zoë's ☕ 100% +1")}` +
  '&include[0]=3&include[1]=1&filter[period]=week&meta[b][z]=1&meta[a]=3';

const calls = {
  GET: (done) => api.get('products?per_page=5', done),
  'GET awkward': (done) => api.get(`products?${awkward}`, done),
  POST: (done) => api.post('products?lang=de', { name: 'Zoë & ☕' }, done),
  PUT: (done) => api.put('products/1', { price: '1.50' }, done),
  DELETE: (done) => api.delete('products/1?force=true', done),
  OPTIONS: (done) => api.options('products', done),
};
for (const [name, call] of Object.entries(calls)) {
  const [error, answer] = await new Promise((resolve) => call((...result) => resolve(result)));
  console.log(
    JSON.stringify({
      name,
      status: answer?.statusCode ?? String(error),
      data: JSON.parse(answer?.body || 'null'),
    }),
  );
}
