import { deliveryWarnings, grantWarnings } from '../../emulator/woocommerce/warnings';

const PLAIN = {
  app_name: 'Parcel Pilot',
  user_id: '42',
  return_url: 'https://app.example/return',
  callback_url: 'https://app.example/callback',
  scope: 'read_write',
};

function warningsOf(over: Partial<typeof PLAIN>) {
  const query = new URLSearchParams({ ...PLAIN, ...over }).toString();
  return grantWarnings(query);
}
const codesOf = (over: Partial<typeof PLAIN>) => warningsOf(over).map(({ code }) => code);

test('a connect URL that WooCommerce takes as it is raises no warning', () => {
  expect(warningsOf({})).toEqual([]);
  expect(warningsOf({ user_id: '6F9619FF-8B86-D011-B42D-00CF4FC964FF' })).toEqual([]);
  expect(warningsOf({ user_id: 'Zoë 日本' })).toEqual([]);
  expect(warningsOf({ return_url: 'https://app.example/r?x=1&y=two#part' })).toEqual([]);
  expect(warningsOf({ return_url: 'app.example/r' })).toEqual([]);
});

test.each([
  ['a.b+c@app.example', 'sends `a.b c@app.example` to the callback'],
  ['a&b=c', 'sends `a` to the callback'],
  ['YWI=', 'sends `YWI` to the callback'],
  ['50%25', 'sends `50` to the callback'],
  ['{"a":1}', 'sends `a:1` to the callback'],
  ['a#b', 'WooCommerce ends the grant'],
])('the warning about the user_id %s says how it would arrive', (userId, says) => {
  const [found] = warningsOf({ user_id: userId });
  expect(found).toMatchObject({ code: 'user-id-changed', severity: 'breaks', parameter: 'user_id' });
  expect(found?.message).toContain(says);
});

test.each([
  [
    'https://app.example/r?q=a+b',
    'return-url-rejected',
    'The https://app.example/r?q=a b is not a valid URL.',
  ],
  ['https://app.example/r?q=a%20b', 'return-url-rejected', 'The https://app.example/r?q=a b is not'],
  ['https://bücher.example/', 'return-url-rejected', 'The https://bücher.example/ is not a valid URL.'],
  ['https://app.example/r?q=a%26b', 'return-url-changed', 'https://app.example/r?q=a&b&success=1'],
  ['myapp://done', 'return-url-app-scheme', 'a blank page'],
  ['com.example.app:/done', 'return-url-app-scheme', 'puts https:// before it'],
])('the warning about the return_url %s is %s', (returnUrl, code, says) => {
  const [found] = warningsOf({ return_url: returnUrl });
  expect(found).toMatchObject({ code, severity: 'breaks', parameter: 'return_url' });
  expect(found?.message).toContain(says);
});

test.each([
  ['https://app.example:8444/cb', 'callback-url-port'],
  ['https://[2606:4700::1111]/cb', 'callback-url-ipv6'],
  ['https://localhost/cb', 'callback-address'],
  ['https://app.example/cb?q=a%20b', 'callback-url-rejected'],
  ['https://app.example/cb?q=a%26b', 'callback-url-changed'],
])('the warning about the callback_url %s is %s', (callbackUrl, code) => {
  expect(codesOf({ callback_url: callbackUrl })).toEqual([code]);
});

test('ports 80, 443 and 8080 of a callback raise no warning', () => {
  for (const port of [80, 443, 8080])
    expect(codesOf({ callback_url: `https://app.example:${port}/cb` })).toEqual([]);
});

test('an app name that WooCommerce cuts raises a warning', () => {
  const [found] = warningsOf({ app_name: 'Parcel & Pilot' });
  expect(found).toMatchObject({ code: 'app-name-changed', severity: 'breaks' });
  expect(found?.message).toContain('calls the app `Parcel`');
});

test('a URL that only WooCommerce accepts raises a warning of the severity `code`', () => {
  const [found] = warningsOf({ return_url: 'https://user:pass@app.example/' });
  expect(found).toMatchObject({ code: 'url-accepted-there', severity: 'code' });
});

test('a callback that redirects raises a warning, and one that answers 500 does not', () => {
  const url = 'https://app.example/cb';
  const failed = (reason: object) =>
    deliveryWarnings({ delivered: false, reason: reason as never, ms: 1 }, url).map(({ code }) => code);
  expect(failed({ kind: 'redirect', status: 302 })).toEqual(['callback-redirect']);
  expect(failed({ kind: 'status', status: 500 })).toEqual([]);
  expect(failed({ kind: 'refused' })).toEqual(['callback-failure']);
  expect(deliveryWarnings({ delivered: true, ms: 1 }, url)).toEqual([]);
});

test('an invisible character in the app name, a link-local callback and a long value are noted', () => {
  expect(codesOf({ app_name: 'Parcel\u00adPilot' })).toEqual(['app-name-invisible']);
  expect(codesOf({ callback_url: 'https://169.254.1.1/cb' })).toEqual(['callback-address']);
  expect(codesOf({ user_id: 'x'.repeat(16_000) })).toEqual(['parameters-too-large']);
});
