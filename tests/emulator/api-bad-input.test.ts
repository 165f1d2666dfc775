import { storeApi } from '../../emulator/api/store-api';
import { EmulatorError } from '../../emulator/errors';
import type { StoreData } from '../../emulator/store';
import { apiOfSuite, emulatedApi } from '../support/http/emulated-api';

const api = apiOfSuite();

test.each([
  ['{"name":', 4],
  ['{"name":"\xff"}', 5],
  ['['.repeat(600) + ']'.repeat(600), 1],
])('JSON that cannot be parsed answers rest_invalid_json', async (text, code) => {
  expect(await api.send('POST', 'products', Buffer.from(text, 'latin1'))).toMatchObject({
    status: 400,
    body: { code: 'rest_invalid_json', data: { status: 400, json_error_code: code } },
  });
});

test.each(['[]', '5', 'null', '"text"', ''])('a body of %j counts as empty', async (text) => {
  expect((await api.send('POST', 'customers', text)).body.code).toBe('rest_missing_callback_param');
});

test('a body that is too large or in an unknown coding gets a clear answer', async () => {
  const large = JSON.stringify({ description: 'x'.repeat(11 * 2 ** 20) });
  expect(await api.send('POST', 'products', large)).toMatchObject({
    status: 413,
    body: { code: 'rest_invalid_body', message: expect.stringContaining('10mb') },
  });
  expect(await api.send('POST', 'products', '{}', { 'content-encoding': 'zip' })).toMatchObject({
    status: 415,
    body: { code: 'rest_invalid_body' },
  });
});

test('names of prototypes are ordinary names', async () => {
  const text =
    '{"__proto__":{"force":true},"constructor":1,"name":"Safe","meta_data":[{"key":"__proto__","value":{"x":1}}]}';
  const { status, body } = await api.send('POST', 'products', text);
  expect(status).toBe(201);
  expect(body.meta_data).toMatchObject([{ key: '__proto__', value: { x: 1 } }]);
  expect(({} as Record<string, unknown>)['force']).toBeUndefined();
});

const STRANGE: unknown[] = [null, true, -1, '', '1e999', [null], [[], 1, 'a'], {}, { id: {} }];
const MEMBERS = [
  'id name slug sku regular_price sale_price stock_quantity manage_stock categories images attributes dimensions',
  'meta_data line_items shipping_lines fee_lines coupon_lines billing shipping status set_paid customer_id email',
  'username code amount date_expires topic delivery_url create update delete force note page per_page include',
  'orderby order status after search _fields offset',
].flatMap((line) => line.split(' '));

const PATHS = ['products', 'orders', 'customers', 'coupons', 'webhooks', 'products/categories'];
const VALID = {
  name: 'n',
  code: 'c',
  email: 'a@b.example',
  topic: 'order.created',
  delivery_url: 'https://a.example',
};

/** Objects that are wrong in one member each. */
const wrongObjects = MEMBERS.flatMap((member) => STRANGE.map((value) => ({ ...VALID, [member]: value })));

test.each(PATHS)('no object in a batch makes %s fail', async (path) => {
  const failed: unknown[] = [];
  for (let from = 0; from < wrongObjects.length; from += 45) {
    const create: unknown[] = wrongObjects.slice(from, from + 45);
    const update = create.map((object) => ({ ...(object as object), id: path === 'orders' ? 101 : 11 }));
    const reply = await api.post(`${path}/batch`, { create, update: [...update, ...STRANGE.slice(0, 5)] });
    if (reply.status !== 200) failed.push({ create, reply });
  }
  expect(failed).toEqual([]);
  api.reset();
});

test.each([...PATHS, 'products/11', 'orders/101', 'orders/101/notes', 'orders/batch'])(
  'no body makes POST %s fail',
  async (path) => {
    const failed: unknown[] = [];
    for (const [index, member] of MEMBERS.entries()) {
      const value = STRANGE[index % STRANGE.length];
      const reply = await api.post(path, { ...VALID, [member]: value });
      if (reply.status >= 500) failed.push({ member, value, reply });
    }
    expect(failed).toEqual([]);
    api.reset();
  },
);

test('no query makes a list fail', async () => {
  const failed: unknown[] = [];
  for (const member of MEMBERS)
    for (const value of ['x', '1e999', '%ff'])
      for (const name of [member, `${member}[a][b]`]) {
        const reply = await api.get(`orders?${name}=${value}`);
        if (reply.status >= 500) failed.push({ name, value, reply });
      }
  expect(failed).toEqual([]);
});

test.each([
  [{ products: [{ name: 'A' }, { name: ['B'] }] }, 'data.products[1]: name is not of type string.'],
  [{ orders: ['x'] }, 'data.orders[0]: it must be an object.'],
  [{ orders: [{ id: 'a' }] }, 'data.orders[0]: id must be a whole number above 0.'],
  [
    {
      coupons: [
        { id: 1, code: 'a' },
        { id: 1, code: 'b' },
      ],
    },
    'data.coupons[1]: the id 1 is used twice.',
  ],
  [{ coupons: [{}] }, 'data.coupons[0]: The coupon code cannot be empty.'],
  [{ products: [{ stock_quantity: 1n }] }, 'data must be plain objects that JSON can hold'],
  [{ customers: { email: 'a' } }, 'data.customers must be a list of objects.'],
  [
    { orders: [{ date_created: 'soon' }] },
    'data.orders[0]: date_created is not a date such as 2026-03-22T16:28:02.',
  ],
])('data that is wrong is named: %#', (data, message) => {
  const start = () =>
    storeApi({ data: data as StoreData, url: 'https://shop.example', storeName: 'x', now: Date.now });
  expect(start).toThrow(EmulatorError);
  expect(start).toThrow(message);
});

test('data is completed with defaults, and keeps what WooCommerce does not know', async () => {
  const own = emulatedApi({
    products: [
      { name: 'A', price: 12, acme_color: 'red', categories: [{ id: 4, name: 'Toys', slug: 'toys' }] },
    ],
    orders: [{ id: 7, total: '99.90', date_created_gmt: '2026-01-01T01:00:00+01:00', number: 'A-7' }],
  });
  expect((await own.get('products')).body).toMatchObject([
    {
      id: 1,
      name: 'A',
      price: '12',
      regular_price: '12',
      acme_color: 'red',
      status: 'publish',
      categories: [{ id: 4 }],
    },
  ]);
  expect((await own.get('products/categories')).body).toMatchObject([{ id: 4, name: 'Toys', count: 1 }]);
  expect((await own.get('orders/7')).body).toMatchObject({
    total: '99.90',
    number: 'A-7',
    date_created: '2026-01-01T00:00:00',
    date_created_gmt: '2026-01-01T00:00:00',
  });
  expect((await own.get('coupons')).body).toEqual([]);
  await own.close();
});

test('an order of the data keeps its total when a request changes its status', async () => {
  const own = emulatedApi({ orders: [{ status: 'processing', total: '12.50' }] });
  expect((await own.put('orders/1', { status: 'completed' })).body).toMatchObject({
    status: 'completed',
    total: '12.50',
  });
  expect((await own.put('orders/1', { fee_lines: [{ name: 'Gift', total: '2' }] })).body.total).toBe('2.00');
  await own.close();
});
