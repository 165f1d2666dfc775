import { apiOfSuite } from '../support/http/emulated-api';

const api = apiOfSuite();

test('a new order takes names and prices from its products, and adds everything up', async () => {
  const { status, body } = await api.post('orders', {
    payment_method: 'bacs',
    set_paid: true,
    billing: { first_name: 'Ada', email: 'ada@customers.example' },
    line_items: [
      { product_id: 11, quantity: 2 },
      { product_id: 12, quantity: 1 },
    ],
    shipping_lines: [{ method_id: 'flat_rate', method_title: 'Flat rate', total: '10.00' }],
    fee_lines: [{ name: 'Gift wrap', total: '1.5' }],
  });
  expect(status).toBe(201);
  expect(body).toMatchObject({
    number: String(body.id),
    order_key: expect.stringMatching(/^wc_order_\w+$/),
    status: 'processing',
    currency: 'USD',
    date_paid: '2026-03-10T12:00:00',
    date_paid_gmt: '2026-03-10T12:00:00',
    date_completed: null,
    shipping_total: '10.00',
    discount_total: '0.00',
    total_tax: '0.00',
    total: '86.50',
    billing: { first_name: 'Ada', last_name: '', email: 'ada@customers.example' },
    line_items: [
      {
        name: 'Blue teapot',
        product_id: 11,
        quantity: 2,
        sku: 'POT-BLUE',
        price: 24,
        subtotal: '48.00',
        total: '48.00',
      },
      { name: 'Oak tray', product_id: 12, quantity: 1, price: 27, total: '27.00' },
    ],
    fee_lines: [{ name: 'Gift wrap', total: '1.50' }],
  });
  expect(body).not.toHaveProperty('set_paid');
});

test('completing an order sets the time once', async () => {
  expect((await api.put('orders/102', { status: 'completed' })).body.date_completed).toBe(
    '2026-03-10T12:00:00',
  );
  api.at('2026-03-12T12:00:00Z');
  const { body } = await api.put('orders/102', { customer_note: 'Thanks' });
  expect(body).toMatchObject({ date_completed: '2026-03-10T12:00:00', date_modified: '2026-03-12T12:00:00' });
  api.at('2026-03-10T12:00:00Z');
});

test('a line with an id is changed, one without is added, and one without a product is removed', async () => {
  const { line_items: lines } = (await api.get('orders/101')).body;
  const [first, second] = lines as { id: number }[];
  const { body } = await api.put('orders/101', {
    line_items: [{ id: first!.id, quantity: 3, total: '60.00', subtotal: '72.00' }, { product_id: 14 }],
  });
  expect(body.line_items).toMatchObject([
    { id: first!.id, quantity: 3, subtotal: '72.00', total: '60.00', price: 20 },
    { id: second!.id, quantity: 2 },
    { product_id: 14, quantity: 1, total: '15.00' },
  ]);
  expect(body.discount_total).toBe('12.00');
  const emptied = await api.put('orders/101', { line_items: [{ id: second!.id, quantity: 0 }] });
  expect(emptied.body.line_items).toHaveLength(2);
});

test.each([
  ['line_items', [{ id: 9999, quantity: 1 }], 'woocommerce_rest_invalid_item_id'],
  ['line_items', [{ quantity: 1 }], 'woocommerce_rest_required_product_reference'],
  ['coupon_lines', [{ code: 'nothing' }], 'woocommerce_rest_invalid_coupon'],
  ['coupon_lines', [{}], 'woocommerce_rest_invalid_coupon'],
])('%s of %j are rejected', async (name, lines, code) => {
  expect(await api.post('orders', { [name]: lines })).toMatchObject({ status: 400, body: { code } });
});

test.each([
  ['WELCOME10', '4.80', '43.20'],
  ['fiveoff', '5.00', '43.00'],
])('the coupon %s reduces the lines', async (code, discount, total) => {
  const { body } = await api.post('orders', {
    line_items: [{ product_id: 11, quantity: 2 }],
    coupon_lines: [{ code }],
  });
  expect(body).toMatchObject({
    discount_total: discount,
    total,
    coupon_lines: [{ code: code.toLowerCase(), discount }],
    line_items: [{ subtotal: '48.00', total }],
  });
});

test('an entry of meta_data is replaced by its id or key, and removed by null', async () => {
  const first = await api.put('orders/101', {
    meta_data: [
      { key: 'a', value: 1 },
      { key: 'b', value: 'x' },
    ],
  });
  const [a, b] = first.body.meta_data as { id: number }[];
  const second = await api.put('orders/101', {
    meta_data: [
      { key: 'a', value: 2 },
      { id: b!.id, value: null },
    ],
  });
  expect(second.body.meta_data).toEqual([{ id: a!.id, key: 'a', value: 2 }]);
});

test('notes belong to their order', async () => {
  const { status, body, headers } = await api.post('orders/101/notes', { note: 'Sent', customer_note: true });
  expect(status).toBe(201);
  expect(headers.get('location')).toBe(
    `https://shop.example/wp-json/wc/v3/orders/101/notes/${body.id as number}`,
  );
  expect(body).toMatchObject({
    note: 'Sent',
    customer_note: true,
    author: 'WooCommerce',
    _links: { up: [{ href: 'https://shop.example/wp-json/wc/v3/orders/101' }] },
  });
  expect((await api.get('orders/101/notes')).body).toHaveLength(1);
  expect((await api.get('orders/102/notes')).body).toEqual([]);
  expect((await api.get(`orders/102/notes/${body.id as number}`)).status).toBe(404);
  expect(await api.get('orders/999/notes')).toMatchObject({
    status: 404,
    body: { code: 'woocommerce_rest_order_invalid_id' },
  });
  expect((await api.del(`orders/101/notes/${body.id as number}?force=true`)).status).toBe(200);
});
