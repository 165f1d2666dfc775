import { apiOfSuite } from '../support/http/emulated-api';

const api = apiOfSuite();

test('a batch creates, updates and deletes, and reports each failure beside its object', async () => {
  const { status, body } = await api.post('products/batch', {
    create: [
      { name: 'Cup', regular_price: 6 },
      { name: 'Copy', sku: 'POT-BLUE' },
    ],
    update: [
      { id: 12, name: 'Ash tray' },
      { id: 999, name: 'x' },
    ],
    delete: [13, 998, 0],
  });
  expect(status).toBe(200);
  expect(body).toMatchObject({
    create: [
      { name: 'Cup', regular_price: '6', price: '6' },
      { id: 0, error: { code: 'product_invalid_sku', data: { status: 400 } } },
    ],
    update: [
      { id: 12, name: 'Ash tray' },
      { id: 999, error: { code: 'woocommerce_rest_product_invalid_id', data: { status: 400 } } },
    ],
    delete: [
      { id: 13, name: 'Jasmine tea, 100 g' },
      { id: 998, error: { code: 'woocommerce_rest_product_invalid_id', data: { status: 404 } } },
    ],
  });
  expect(body.delete).toHaveLength(2);
  expect((await api.get('products/13')).status).toBe(404);
});

test('a batch has at most 100 objects, of all three lists together', async () => {
  const lists = (create: number) => ({
    create: Array.from({ length: create }, (_, index) => ({ name: `New ${index}` })),
    delete: [11],
  });
  expect((await api.post('products/batch', lists(99))).body.create).toHaveLength(99);
  expect(await api.post('products/batch', lists(100))).toMatchObject({
    status: 413,
    body: { code: 'woocommerce_rest_request_entity_too_large' },
  });
});

test('an empty batch answers an empty list, as PHP writes it', async () => {
  expect(await api.post('orders/batch', {})).toMatchObject({ status: 200, body: [] });
});

test('the notes of an order have no batch', async () => {
  expect((await api.post('orders/101/notes/batch', {})).body.code).toBe('rest_no_route');
});

test('a batch in a form is understood', async () => {
  const { body } = await api.send(
    'PUT',
    'coupons/batch',
    'create[0][code]=a1&create[1][code]=b2&delete[]=201',
    {
      'content-type': 'application/x-www-form-urlencoded',
    },
  );
  expect(body).toMatchObject({ create: [{ code: 'a1' }, { code: 'b2' }], delete: [{ id: 201 }] });
});
