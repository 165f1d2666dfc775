import { grantDescription, utcDateTime } from '../../server/consumer-keys/description';

const NOON = Date.UTC(2026, 11, 31, 12, 0, 0);

describe('the description of a granted key, as in WooCommerce', () => {
  test.each([
    ['Parcel Pilot', 'Parcel Pilot'],
    ['x'.repeat(170), 'x'.repeat(170)],
    ['x'.repeat(171), `${'x'.repeat(167)}...`],
    ['x'.repeat(5000), `${'x'.repeat(167)}...`],
    ['日'.repeat(171), `${'日'.repeat(167)}...`],
    // Characters are counted, not UTF-16 units, so that no character is cut in half.
    ['😀'.repeat(170), '😀'.repeat(170)],
    ['😀'.repeat(171), `${'😀'.repeat(167)}...`],
    ['', ''],
  ])('contains the app name and the time: %#', (name, shown) => {
    expect(grantDescription(name, NOON)).toBe(`${shown} - API (2026-12-31 12:00:00)`);
  });
});

test.each([
  [0, '1970-01-01 00:00:00'],
  [Date.UTC(2026, 0, 2, 3, 4, 5, 999), '2026-01-02 03:04:05'],
])('contains the time %i as %s in UTC, without milliseconds', (time, shown) => {
  expect(utcDateTime(time)).toBe(shown);
});
