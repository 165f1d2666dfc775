import { apiOfSuite, idsIn } from '../support/http/emulated-api';

const api = apiOfSuite();

test('a product is created with its defaults, its price and its links', async () => {
  const { status, body, headers } = await api.post('products', {
    name: 'Copper kettle',
    regular_price: '45.00',
    sale_price: '40.00',
    meta_data: [{ key: '_source', value: { app: 'test' } }],
    unknown: 'ignored',
  });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe('https://shop.example/wp-json/wc/v3/products/15');
  expect(body).toMatchObject({
    id: 15,
    name: 'Copper kettle',
    slug: 'copper-kettle',
    permalink: 'https://shop.example/product/copper-kettle/',
    type: 'simple',
    status: 'publish',
    price: '40.00',
    on_sale: true,
    purchasable: true,
    stock_status: 'instock',
    stock_quantity: null,
    date_created: '2026-03-10T12:00:00',
    date_created_gmt: '2026-03-10T12:00:00',
    meta_data: [{ id: expect.any(Number), key: '_source', value: { app: 'test' } }],
    _links: {
      self: [{ href: 'https://shop.example/wp-json/wc/v3/products/15' }],
      collection: [{ href: 'https://shop.example/wp-json/wc/v3/products' }],
    },
  });
  expect(body).not.toHaveProperty('unknown');
  expect((await api.get('products/15')).body).toEqual(body);
});

test.each(['PUT', 'PATCH', 'POST'])('%s changes the members that it names', async (method) => {
  api.at('2026-03-11T08:00:00Z');
  const before = (await api.get('products/11')).body;
  const { status, body } = await api.send(method, 'products/11', {
    stock_quantity: 0,
    dimensions: { width: '9' },
  });
  expect(status).toBe(200);
  expect(body).toEqual({
    ...before,
    stock_quantity: 0,
    stock_status: 'outofstock',
    dimensions: { length: '', width: '9', height: '' },
    date_modified: '2026-03-11T08:00:00',
    date_modified_gmt: '2026-03-11T08:00:00',
  });
  api.at('2026-03-10T12:00:00Z');
});

test('a method in the query or in a header takes the place of POST', async () => {
  await api.send('POST', 'products/11?_method=DELETE&force=true');
  await api.send('POST', 'products/12?force=true', undefined, { 'X-HTTP-Method-Override': 'DELETE' });
  expect((await api.get('products/11')).status).toBe(404);
  expect((await api.get('products/12')).status).toBe(404);
});

test('a form changes objects as JSON does', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const { body } = await api.send(
    'POST',
    'customers',
    'email=new%40customers.example&billing[city]=K%C3%B6ln',
    form,
  );
  expect(body).toMatchObject({ email: 'new@customers.example', username: 'new', billing: { city: 'Köln' } });
});

test('a type that is wrong is rejected, as WordPress rejects it', async () => {
  const reply = await api.post('products', { name: 'Tray', regular_price: 12.5, status: 'gone', images: 5 });
  expect(reply).toMatchObject({
    status: 400,
    body: {
      code: 'rest_invalid_param',
      message: 'Invalid parameter(s): status, regular_price, images',
      data: {
        params: {
          regular_price: 'regular_price is not of type string.',
          status: 'status is not one of publish, draft, pending, private, and future.',
          images: 'images[0] is not of type object.',
        },
      },
    },
  });
});

test('a nested type that is wrong is reported with its place', async () => {
  const reply = await api.post('orders', {
    billing: { email: 'no' },
    line_items: [{ product_id: 11, total: 5 }],
  });
  expect(reply.body.data.params).toEqual({
    billing: 'Invalid email address.',
    line_items: 'line_items[0][total] is not of type string.',
  });
});

test.each([
  ['customers', {}, ['email']],
  ['coupons', {}, ['code']],
  ['webhooks', { name: 'x' }, ['topic', 'delivery_url']],
])('%s without their required members answer rest_missing_callback_param', async (path, body, params) => {
  expect(await api.post(path, body)).toMatchObject({
    status: 400,
    body: {
      code: 'rest_missing_callback_param',
      message: `Missing parameter(s): ${params.join(', ')}`,
      data: { status: 400, params },
    },
  });
});

test.each([
  ['products', 'product'],
  ['orders', 'shop_order'],
  ['coupons', 'shop_coupon'],
  ['webhooks', 'shop_webhook'],
])('an unknown id of %s is 404 to read and delete, and 400 to change', async (path, type) => {
  const body = { code: `woocommerce_rest_${type}_invalid_id`, message: 'Invalid ID.' };
  expect(await api.get(`${path}/999`)).toMatchObject({ status: 404, body });
  expect(await api.del(`${path}/999?force=true`)).toMatchObject({ status: 404, body });
  expect(await api.put(`${path}/999`, {})).toMatchObject({ status: 400, body });
});

test('an unknown customer is named as such', async () => {
  expect(await api.get('customers/999')).toMatchObject({ status: 404, body: { code: 'wc_user_invalid_id' } });
});

test('DELETE moves a product to the trash, and with force deletes it', async () => {
  expect(await api.del('products/11')).toMatchObject({ status: 200, body: { id: 11, status: 'publish' } });
  expect((await api.get('products/11')).body.status).toBe('trash');
  expect((await api.get('products')).headers.get('x-wp-total')).toBe('3');
  expect((await api.get('products?status=trash')).headers.get('x-wp-total')).toBe('1');
  expect(await api.del('products/11')).toMatchObject({
    status: 410,
    body: { code: 'woocommerce_rest_already_trashed' },
  });
  expect((await api.del('products/11?force=true')).status).toBe(200);
  expect((await api.get('products/11')).status).toBe(404);
});

test('customers and webhooks have no trash', async () => {
  const { body } = await api.post('webhooks', {
    topic: 'order.created',
    delivery_url: 'https://app.example/hook',
  });
  for (const path of ['customers/2', `webhooks/${body.id as number}`]) {
    expect(await api.del(path)).toMatchObject({
      status: 501,
      body: { code: 'woocommerce_rest_trash_not_supported' },
    });
    expect((await api.del(`${path}?force=true`)).status).toBe(200);
    expect((await api.get(path)).status).toBe(404);
  }
});

test('a webhook shows its topic and never its secret', async () => {
  const hook = { topic: 'order.updated', delivery_url: 'https://app.example/hook', secret: 'hidden' };
  const { body } = await api.post('webhooks', hook);
  expect(body).toMatchObject({
    topic: 'order.updated',
    resource: 'order',
    event: 'updated',
    status: 'active',
  });
  expect(JSON.stringify(body)).not.toContain('hidden');
  expect(await api.post('webhooks', { ...hook, topic: 'order.eaten' })).toMatchObject({
    status: 400,
    body: { code: 'woocommerce_rest_shop_webhook_invalid_topic' },
  });
  expect(await api.post('webhooks', { ...hook, delivery_url: 'ftp://app.example' })).toMatchObject({
    status: 400,
    body: { code: 'woocommerce_rest_shop_webhook_invalid_delivery_url' },
  });
});

test('a customer never shows the password, and an email address is used once', async () => {
  const customer = { email: 'new@customers.example', password: 'hunter22', first_name: 'New' };
  const { status, body } = await api.post('customers', customer);
  expect({ status, username: body.username, role: body.role }).toEqual({
    status: 201,
    username: 'new',
    role: 'customer',
  });
  expect(JSON.stringify(body)).not.toContain('password');
  expect(await api.post('customers', customer)).toMatchObject({
    status: 400,
    body: { code: 'registration-error-email-exists' },
  });
  expect((await api.get('customers?email=NEW@customers.example')).body).toHaveLength(1);
});

test('codes of coupons and SKUs are unique', async () => {
  expect(await api.post('coupons', { code: 'WELCOME10' })).toMatchObject({
    status: 400,
    body: { code: 'woocommerce_rest_coupon_code_already_exists' },
  });
  expect(await api.post('products', { name: 'Copy', sku: 'POT-BLUE' })).toMatchObject({
    status: 400,
    body: { code: 'product_invalid_sku', data: { resource_id: 11 } },
  });
});

test('an id in a new object is rejected', async () => {
  expect(await api.post('products', { id: 11 })).toMatchObject({
    status: 400,
    body: { code: 'woocommerce_rest_product_exists' },
  });
});

test('reset brings back the first data', async () => {
  await api.del('products/11?force=true');
  await api.post('products', { name: 'Other' });
  api.reset();
  expect(idsIn(await api.get('products?orderby=id&order=asc'))).toEqual([11, 12, 13, 14]);
});
