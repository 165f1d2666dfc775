import fc from '../support/jest/fast-check';
import { grantDescription } from '../../server/consumer-keys/description';
import { appOf } from '../../server/import/wordpress/app-description';

const AT = Date.UTC(2026, 10, 27, 22, 48, 59);

test.each([
  ['Parcel Pilot - API (2026-11-27 22:48:59)', 'Parcel Pilot'],
  ['Büro & Söhne 日本 - API (2026-11-27 22:48:59)', 'Büro & Söhne 日本'],
  // The name of an app may look like a description.
  ['X - API (2020-01-01 00:00:00) - API (2026-11-27 22:48:59)', 'X - API (2020-01-01 00:00:00)'],
  [' Blanks  - API (2026-11-27 22:48:59) ', 'Blanks'],
  ['two\nlines - API (2026-11-27 22:48:59)', 'two\nlines'],
])('finds the app and the time of the grant in %j', (description, appName) => {
  expect(appOf(description)).toEqual({ appName, createdAt: AT });
});

test.each([
  '',
  'Warehouse script',
  'Parcel Pilot - API (2026-02-30 22:48:59)',
  'Parcel Pilot - API (0000-00-00 00:00:00)',
  'Parcel Pilot - API (2026-11-27)',
  'Parcel Pilot - API (2026-11-27 22:48:59) copy',
  'Parcel Pilot - API (created on November 27, 2026 at 10:48 pm).',
  ' - API (2026-11-27 22:48:59)',
  'API (2026-11-27 22:48:59)',
])('finds no app in %j', (description) => {
  expect(appOf(description)).toBeUndefined();
});

test('finds the app in whatever a grant writes', () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 160 })
    .filter((text) => text.trim() === text && text !== '');
  fc.assert(
    fc.property(name, (appName) => {
      expect(appOf(grantDescription(appName, AT))).toEqual({ appName, createdAt: AT });
    }),
  );
});
