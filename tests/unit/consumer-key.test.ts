import { createHmac } from 'node:crypto';
import { consumerKeyHash, isRaised, PERMISSIONS } from '../../server/consumer-keys/consumer-key';
import { parseDescription } from '../../server/consumer-keys/description';

test('hashes a consumer key of any length and characters as WooCommerce does: HMAC-SHA256 under wc-api', () => {
  const names = [
    '',
    'ck_',
    `ck_${'0'.repeat(40)}`,
    'ü\0%',
    '日本',
    ...[55, 63, 64, 65, 5000].map((n) => 'k'.repeat(n)),
  ];
  for (const name of names)
    expect(consumerKeyHash(name)).toBe(createHmac('sha256', 'wc-api').update(name).digest('hex'));
});

test('treats any added permission as more, and only a change from both to one as fewer', () => {
  const raised = PERMISSIONS.flatMap((from) =>
    PERMISSIONS.filter((to) => isRaised(from, to)).map((to) => `${from} > ${to}`),
  );
  expect(raised).toEqual(['read > write', 'read > read_write', 'write > read', 'write > read_write']);
});

test.each([
  ['  Stock sync ', 'Stock sync'],
  ['a\tb\nc', 'a b c'],
  ['<b>x</b>', '<b>x</b>'],
  ['a\u202eb\u2066c\ufeff', 'abc'],
  ['日本 🫖', '日本 🫖'],
  ['🫖'.repeat(200), '🫖'.repeat(200)],
  ['🫖'.repeat(201), undefined],
  ['', undefined],
  [' \u0000\u200f\n', undefined],
])('trims the description %j to %j', (typed, kept) => {
  expect(parseDescription(typed)).toBe(kept);
});
