import fc from '../support/jest/fast-check';
import { siteTime, TimeZoneError, timeZone } from '../../server/import/wordpress/site-time';

const inZone = (timezoneString: string) => siteTime({ timezoneString, gmtOffset: '' });
const inOffset = (gmtOffset: string) => siteTime({ timezoneString: '', gmtOffset });
const iso = (time: number | null) => (time === null ? null : new Date(time).toISOString().slice(0, 19));

test.each([
  ['Europe/Berlin', '2026-11-27 23:49:13', '2026-11-27T22:49:13'],
  ['Europe/Berlin', '2026-07-01 00:00:00', '2026-06-30T22:00:00'],
  ['America/New_York', '2026-11-27 17:52:00', '2026-11-27T22:52:00'],
  ['Asia/Kathmandu', '2026-01-01 00:00:00', '2025-12-31T18:15:00'],
  ['Asia/Calcutta', '2026-01-01 05:30:00', '2026-01-01T00:00:00'],
  ['Europe/Kyiv', '2026-01-01 00:00:00', '2025-12-31T22:00:00'],
  ['UTC', '2026-01-01 00:00:00', '2026-01-01T00:00:00'],
  // What settings show for an offset. WordPress stores it as gmt_offset.
  ['UTC+5.5', '2026-01-01 05:30:00', '2026-01-01T00:00:00'],
])('converts a time of %s', (zone, local, utc) => {
  const time = inZone(zone);
  expect(time.isKnown).toBe(true);
  expect(iso(time.toUtc(local))).toBe(utc);
});

// The expected values are those of PHP 8.2: (new DateTime($local, $zone))->getTimestamp().
test.each([
  ['an hour that is skipped', 'Europe/Berlin', '2026-03-29 02:30:00', '2026-03-29T01:30:00'],
  ['an hour that is skipped', 'America/New_York', '2026-03-08 02:30:00', '2026-03-08T07:30:00'],
  ['an hour that is skipped', 'Africa/Cairo', '2009-04-24 00:30:00', '2009-04-23T22:30:00'],
  ['an hour that is skipped', 'America/Sao_Paulo', '2018-11-04 00:30:00', '2018-11-04T03:30:00'],
  ['half an hour that is skipped', 'Australia/Lord_Howe', '2026-10-04 02:15:00', '2026-10-03T15:45:00'],
  ['half an hour that is skipped', 'America/Caracas', '2016-05-01 02:45:00', '2016-05-01T07:15:00'],
  ['a day that is skipped', 'Pacific/Apia', '2011-12-30 12:00:00', '2011-12-30T22:00:00'],
  ['an hour that happens twice', 'Europe/Berlin', '2026-10-25 02:30:00', '2026-10-25T01:30:00'],
  ['an hour that happens twice', 'America/New_York', '2026-11-01 01:30:00', '2026-11-01T05:30:00'],
  ['half an hour that happens twice', 'Australia/Lord_Howe', '2026-04-05 01:45:00', '2026-04-04T15:15:00'],
  ['half an hour that happens twice', 'Asia/Pyongyang', '2015-08-14 23:45:00', '2015-08-14T15:15:00'],
])('decides %s as PHP does, in %s at %s', (_what, zone, local, utc) => {
  expect(iso(inZone(zone).toUtc(local))).toBe(utc);
});

test.each([
  ['0', 'UTC', '2026-01-01T12:00:00'],
  ['', 'UTC', '2026-01-01T12:00:00'],
  ['2', 'UTC+02:00', '2026-01-01T10:00:00'],
  ['5.5', 'UTC+05:30', '2026-01-01T06:30:00'],
  ['5.75', 'UTC+05:45', '2026-01-01T06:15:00'],
  ['-9.5', 'UTC-09:30', '2026-01-01T21:30:00'],
  ['-0.5', 'UTC-00:30', '2026-01-01T12:30:00'],
  ['14', 'UTC+14:00', '2025-12-31T22:00:00'],
])('converts by gmt_offset %j if there is no timezone_string', (offset, zone, utc) => {
  const time = inOffset(offset);
  expect(time).toMatchObject({ zone, isKnown: true });
  expect(iso(time.toUtc('2026-01-01 12:00:00'))).toBe(utc);
});

test('uses timezone_string rather than gmt_offset', () => {
  expect(siteTime({ timezoneString: 'Europe/Berlin', gmtOffset: '5' }).zone).toBe('Europe/Berlin');
});

test('uses the zone that a person chose rather than the settings', () => {
  const time = siteTime({ timezoneString: 'Europe/Berlin', gmtOffset: '', override: '+05:45' });
  expect(time).toMatchObject({ zone: 'UTC+05:45', isKnown: true });
});

test.each([
  [undefined, undefined],
  ['Mars/Olympus', undefined],
  ['Mars/Olympus', 'x'],
  ['', 'Infinity'],
])('takes times for UTC and says so if the settings are %j and %j', (timezoneString, gmtOffset) => {
  const time = siteTime({ timezoneString, gmtOffset });
  expect(time).toMatchObject({ zone: 'UTC', isKnown: false });
  expect(iso(time.toUtc('2026-01-01 12:00:00'))).toBe('2026-01-01T12:00:00');
});

test('says that a name is unknown, and uses the offset beside it', () => {
  const time = siteTime({ timezoneString: 'Mars/Olympus', gmtOffset: '2' });
  expect(time).toMatchObject({ zone: 'UTC+02:00', isKnown: false });
});

test.each([
  '',
  '0000-00-00 00:00:00',
  '2026-02-30 12:00:00',
  '2026-13-01 12:00:00',
  '2026-01-01 24:00:00',
  '2026-01-01 12:60:00',
  '2026-01-01',
  '2026-01-00 00:00:00',
  '1969-12-31 23:59:59',
  'yesterday',
])('returns null for %j, which is not a date', (text) => {
  expect(inZone('Europe/Berlin').toUtc(text)).toBeNull();
});

test.each([
  ['Europe/Berlin', 'Europe/Berlin'],
  ['europe/berlin', 'Europe/Berlin'],
  ['UTC', 'UTC'],
  ['+02:00', 'UTC+02:00'],
  ['-0330', 'UTC-03:30'],
  ['+2', 'UTC+02:00'],
  ['5.75', 'UTC+05:45'],
  ['UTC+5.5', 'UTC+05:30'],
  ['GMT-3', 'UTC-03:00'],
])('reads %s, which a person typed, as %s', (typed, zone) => {
  expect(timeZone(typed).zone).toBe(zone);
});

test.each(['', 'Berlin', 'Mars/Olympus', '+15:00', '-13', '+02:10', '+2.3', 'UTC+', '02:75', '2 hours'])(
  'rejects %j as a time zone, and says what to type',
  (typed) => {
    const attempt = () => siteTime({ timezoneString: 'UTC', gmtOffset: '', override: typed });
    expect(attempt).toThrow(TimeZoneError);
    expect(attempt).toThrow(
      `The time zone must be a name such as Europe/Berlin, or an offset such as +02:00 (got ${JSON.stringify(typed)}).`,
    );
  },
);

test('converts back what a site wrote, except for an hour that happens twice', () => {
  const zone = fc.constantFrom(
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Atlantic/Azores',
    'Africa/Casablanca',
    'Pacific/Apia',
  );
  const seconds = fc.integer({ min: Date.UTC(2011, 0) / 1000, max: Date.UTC(2036, 0) / 1000 });
  fc.assert(
    fc.property(zone, seconds, (timeZone, second) => {
      const utc = second * 1000;
      const written = new Date(utc).toLocaleString('sv-SE', { timeZone });
      const back = inZone(timeZone).toUtc(written) ?? 0;
      expect(new Date(back).toLocaleString('sv-SE', { timeZone })).toBe(written);
      expect(Math.abs(back - utc)).toBeLessThanOrEqual(3600_000);
    }),
    { numRuns: 500 },
  );
});
