// npm's @woocommerce/woocommerce-rest-api, used as an app uses it, against a store of the test kit;
// see emulated-store.test.ts.
import library from '@woocommerce/woocommerce-rest-api';

const WooCommerceRestApi = library.default;
const api = new WooCommerceRestApi({ ...JSON.parse(process.env.STORE), version: 'wc/v3' });

async function call(method, ...values) {
  const { status, data, headers } = await api[method](...values).catch((error) => error.response);
  return { status, data, total: headers['x-wp-total'], link: headers.link };
}

const seen = {};
seen.list = await call('get', 'products', { per_page: 2, page: 1, include: [11, 12, 13], orderby: 'id' });
seen.search = await call('get', 'orders', { search: 'Rivera', status: ['processing', 'on-hold'] });
seen.created = await call('post', 'products', { name: 'Zoë’s ☕', regular_price: '4.50' });
seen.wrong = await call('post', 'products', { name: 'x', regular_price: 4.5 });
seen.updated = await call('put', `products/${seen.created.data.id}`, { sale_price: '4.00' });
seen.batch = await call('post', 'products/batch', { delete: [11, 999] });
seen.deleted = await call('delete', `products/${seen.created.data.id}`, { force: true });
seen.gone = await call('get', `products/${seen.created.data.id}`);
console.log(JSON.stringify(seen));
