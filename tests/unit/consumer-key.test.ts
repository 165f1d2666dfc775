import { createHmac } from 'node:crypto';
import fc from '../support/jest/fast-check';
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
  for (const name of names) expect(consumerKeyHash(name)).toBe(nodeHash(name));
});

const nodeHash = (text: string) => createHmac('sha256', 'wc-api').update(text).digest('hex');

test('hashes any text to the same value as the HMAC of Node', () => {
  const anyText = fc.oneof(
    ...(['binary', 'grapheme', 'grapheme-ascii'] as const).map((unit) => fc.string({ unit, maxLength: 200 })),
    // A text with unpaired surrogates, and texts of many blocks.
    fc.array(fc.nat(0xffff)).map((units) => String.fromCharCode(...units)),
    fc
      .tuple(fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 5_000 }))
      .map(([part, times]) => part.repeat(times)),
  );
  fc.assert(
    fc.property(fc.array(anyText, { minLength: 1, maxLength: 4 }), (texts) => {
      // Several in a row, because they share a buffer.
      expect(texts.map(consumerKeyHash)).toEqual(texts.map(nodeHash));
    }),
    { numRuns: 300 },
  );
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
