import { apiOfSuite, emulatedApi, idsIn } from '../support/http/emulated-api';

const products = Array.from({ length: 25 }, (_, index) => ({
  id: index + 1,
  name: `Product ${String(index + 1).padStart(2, '0')}`,
  regular_price: `${index + 1}.50`,
  sku: `SKU-${index + 1}`,
  status: index < 3 ? 'draft' : 'publish',
  date_created: `2026-01-${String(index + 1).padStart(2, '0')}T10:00:00`,
}));
const orders = [
  { id: 1, status: 'completed', customer_id: 7, billing: { last_name: 'Park' }, total: '10.00' },
  { id: 2, status: 'processing', billing: { last_name: 'Rivera' }, line_items: [{ product_id: 5 }] },
  { id: 3, status: 'on-hold', billing: { last_name: 'Okafor' } },
];

const api = apiOfSuite({ products, orders });

const idsOf = async (path: string) => idsIn(await api.get(path));

test('a list has ten objects, the newest first, with its totals in the headers', async () => {
  const { status, body, headers } = await api.get('products');
  expect(status).toBe(200);
  expect(idsIn({ status, body, headers })).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16]);
  expect(headers.get('x-wp-total')).toBe('25');
  expect(headers.get('x-wp-totalpages')).toBe('3');
  expect(headers.get('link')).toBe('<https://shop.example/wp-json/wc/v3/products?page=2>; rel="next"');
});

test('the links of a page keep the query, but no key and no signature', async () => {
  const { headers, body } = await api.get(
    'products?per_page=5&page=2&search=product&consumer_key=ck_1&consumer_secret=cs_1&oauth_nonce=n&status[]=publish',
  );
  const query = 'per_page=5&search=product&status%5B%5D=publish';
  const url = `https://shop.example/wp-json/wc/v3/products?${query}`;
  expect(headers.get('link')).toBe(`<${url}&page=1>; rel="prev", <${url}&page=3>; rel="next"`);
  expect(body).toHaveLength(5);
});

test('a page after the last is empty and still has the totals', async () => {
  const { status, body, headers } = await api.get('products?page=9');
  expect({ status, body, total: headers.get('x-wp-total') }).toEqual({ status: 200, body: [], total: '25' });
  expect(headers.get('link')).toBe('<https://shop.example/wp-json/wc/v3/products?page=3>; rel="prev"');
});

test.each([
  ['per_page=2&offset=3', [22, 21]],
  ['include=3,1,2&orderby=include&order=asc', [3, 1, 2]],
  ['include[]=4&include[]=9', [9, 4]],
  ['exclude[0]=25&exclude[1]=24&per_page=1', [23]],
  ['status=draft', [3, 2, 1]],
  ['orderby=title&order=asc&per_page=2', [1, 2]],
  ['orderby=price&order=desc&per_page=2', [25, 24]],
  ['orderby=id&order=asc&per_page=1', [1]],
  ['sku=SKU-7', [7]],
  ['sku=SKU-7,SKU-8', [8, 7]],
  ['min_price=24&max_price=25', [24]],
  ['search=PRODUCT+11', [11]],
  ['after=2026-01-23T10:00:00', [25, 24]],
  ['after=2026-01-23T11:00:00%2B01:00', [25, 24]],
  ['before=2026-01-02T10:00:00Z', [1]],
  ['search=nothing', []],
])('the list of products understands %s', async (query, ids) => {
  expect(await idsOf(`products?${query}`)).toEqual(ids);
});

test.each([
  ['status=completed', [1]],
  ['status=completed,processing&orderby=id&order=asc', [1, 2]],
  ['status[]=on-hold&status[]=processing&orderby=id&order=asc', [2, 3]],
  ['status=any&orderby=id&order=asc', [1, 2, 3]],
  ['customer=7', [1]],
  ['product=5', [2]],
  ['search=rivera', [2]],
])('the list of orders understands %s', async (query, ids) => {
  expect(await idsOf(`orders?${query}`)).toEqual(ids);
});

test.each([
  [
    'per_page=101',
    'per_page',
    'rest_out_of_bounds',
    'per_page must be between 1 (inclusive) and 100 (inclusive)',
  ],
  [
    'per_page=0',
    'per_page',
    'rest_out_of_bounds',
    'per_page must be between 1 (inclusive) and 100 (inclusive)',
  ],
  ['page=0', 'page', 'rest_out_of_bounds', 'page must be greater than or equal to 1'],
  ['page=two', 'page', 'rest_invalid_type', 'page is not of type integer.'],
  ['order=up', 'order', 'rest_not_in_enum', 'order is not one of asc and desc.'],
  ['after=2026-01-01', 'after', 'rest_invalid_date', 'Invalid date.'],
  ['after=yesterday', 'after', 'rest_invalid_date', 'Invalid date.'],
  ['featured=maybe', 'featured', 'rest_invalid_type', 'featured is not of type boolean.'],
])('rejects %s with the parameter and its problem', async (query, name, code, message) => {
  expect(await api.get(`products?${query}`)).toMatchObject({
    status: 400,
    body: {
      code: 'rest_invalid_param',
      message: `Invalid parameter(s): ${name}`,
      data: { status: 400, params: { [name]: message }, details: { [name]: { code, message, data: null } } },
    },
  });
});

test('an unknown status is rejected', async () => {
  const { status, body } = await api.get('orders?status=shipped');
  expect(status).toBe(400);
  expect(body.data.params.status).toMatch(/^status\[0\] is not one of any, pending, .*, and trash\.$/);
});

test('_fields limits the members of each object', async () => {
  const { body } = await api.get('orders/1?_fields=id,billing.last_name');
  expect(body).toEqual({ id: 1, billing: { last_name: 'Park' } });
});

test('HEAD has the headers of GET and no body', async () => {
  const { status, body, headers } = await api.send('HEAD', 'products');
  expect({ status, body, total: headers.get('x-wp-total') }).toEqual({ status: 200, body: '', total: '25' });
});

test('other paths are passed on', async () => {
  expect((await api.get('/wp-json/wc/v3')).status).toBe(418);
  expect((await api.get('/wp-json/')).status).toBe(418);
  expect((await api.get('/wp-json/acme/v1/products')).status).toBe(418);
});

test.each(['GET products/abc', 'GET unicorns', 'DELETE products', 'GET products/batch', 'PURGE products'])(
  '%s answers rest_no_route',
  async (line) => {
    const [method = '', path = ''] = line.split(' ');
    expect(await api.send(method, path)).toMatchObject({
      status: 404,
      body: { code: 'rest_no_route', data: { status: 404 } },
    });
  },
);

test.each(['v1', 'v2', 'v3'])('wc/%s answers the same objects, with links of its own', async (version) => {
  const { body } = await api.get(`/wp-json/wc/${version}/products/5/`);
  expect(body).toMatchObject({
    id: 5,
    _links: { self: [{ href: `https://shop.example/wp-json/wc/${version}/products/5` }] },
  });
});

test('the list of routes has every route with its methods, for the index', () => {
  expect(api.routes).toMatchObject({
    '/wc/v3/products': ['GET', 'POST'],
    '/wc/v3/products/(?P<id>[\\d]+)': ['POST', 'PUT', 'PATCH', 'GET', 'DELETE'],
    '/wc/v2/orders/batch': ['POST', 'PUT', 'PATCH'],
    '/wc/v3/system_status': ['GET'],
    '/wc/v1/orders/(?P<order_id>[\\d]+)/notes': ['GET', 'POST'],
  });
});

test('20,000 products and customers are loaded in seconds, and found by SKU and category', async () => {
  const count = 20_000;
  const before = process.cpuUsage();
  const large = emulatedApi({
    products: Array.from({ length: count }, (_, index) => ({
      name: 'Mug',
      sku: `MUG-${index}`,
      categories: [{ id: 1, name: 'Mugs' }],
    })),
    customers: Array.from({ length: count }, (_, index) => ({ email: `c${index}@app.example` })),
  });
  const { user } = process.cpuUsage(before);
  // Two seconds of work, in microseconds. A look at all objects for each takes half a minute.
  expect(user).toBeLessThan(12_000_000);
  try {
    expect(idsIn(await large.get('products?sku=MUG-19999'))).toEqual([count]);
    expect((await large.get('products/categories/1')).body).toMatchObject({ count });
    const { status, body } = await large.post('products', { name: 'Mug', sku: 'MUG-7' });
    expect([status, body.data.resource_id]).toEqual([400, 8]);
  } finally {
    await large.close();
  }
}, 120_000);

test('what is found by a value follows changes, deletions and a reset', async () => {
  const taken = { status: 400, body: expect.objectContaining({ code: 'product_invalid_sku' }) };
  const create = (sku: string) => api.post('products', { name: 'Copy', sku });
  await api.put('products/7', { sku: 'OTHER' });
  expect(await create('OTHER')).toMatchObject(taken);
  expect((await create('SKU-7')).status).toBe(201);
  await api.del('products/7?force=true');
  expect((await create('OTHER')).status).toBe(201);
  api.reset();
  expect(await create('SKU-7')).toMatchObject(taken);
  expect((await create('OTHER')).status).toBe(201);
});
