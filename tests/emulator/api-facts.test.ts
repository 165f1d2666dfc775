import { apiOfSuite, idsIn } from '../support/http/emulated-api';

const api = apiOfSuite();

test('the current currency is the one of the settings and of new orders', async () => {
  expect((await api.get('data/currencies/current')).body).toMatchObject({ code: 'USD', symbol: '&#36;' });
  expect((await api.get('settings/general/woocommerce_currency')).body).toMatchObject({ value: 'USD' });
  expect((await api.post('orders', {})).body).toMatchObject({ currency: 'USD' });
});

test('the settings have groups, and the group general has options', async () => {
  const groups = (await api.get('settings')).body;
  expect(groups[0]).toMatchObject({
    id: 'general',
    label: 'General',
    _links: { options: [{ href: 'https://shop.example/wp-json/wc/v3/settings/general' }] },
  });
  const ids = idsIn(await api.get('settings/general'));
  expect(ids).toContain('woocommerce_default_country');
  expect((await api.get('settings/email/woocommerce_email_from_name')).body.value).toBe('Tea Shop');
});

test('the state of the system names a version and the address', async () => {
  expect((await api.get('system_status')).body).toMatchObject({
    environment: { home_url: 'https://shop.example', version: expect.stringMatching(/^\d+\.\d+/) },
    settings: { currency: 'USD' },
    security: { secure_connection: true },
  });
  expect(Object.keys((await api.get('system_status?_fields=environment')).body)).toEqual(['environment']);
});

test('ways to pay are listed', async () => {
  expect(idsIn(await api.get('payment_gateways'))).toEqual(['bacs', 'cheque', 'cod']);
  expect((await api.get('payment_gateways/bacs')).body).toMatchObject({ id: 'bacs', enabled: true });
});

test.each([
  ['payment_gateways/gold', 'woocommerce_rest_payment_gateway_invalid'],
  ['settings/secret', 'rest_setting_setting_group_invalid'],
  ['settings/general/secret', 'rest_setting_setting_invalid'],
  ['data/currencies/QQQ', 'woocommerce_rest_data_invalid_currency'],
])('%s is 404', async (path, code) => {
  expect(await api.get(path)).toMatchObject({ status: 404, body: { code, data: { status: 404 } } });
});

test.each(['settings/general', 'system_status', 'payment_gateways/bacs', 'data/currencies/current'])(
  '%s can be read only',
  async (path) => {
    expect(await api.put(path, {})).toMatchObject({ status: 404, body: { code: 'rest_no_route' } });
  },
);

test('the list of data names the currencies', async () => {
  const [entry, ...others] = (await api.get('data')).body;
  expect([entry.slug, others]).toEqual(['currencies', []]);
  expect(entry._links.self).toEqual([{ href: 'https://shop.example/wp-json/wc/v3/data/currencies' }]);
});

test('OPTIONS of an unknown route is answered with an empty list', async () => {
  expect(await api.send('OPTIONS', 'nothing')).toMatchObject({ status: 200, body: [] });
});
