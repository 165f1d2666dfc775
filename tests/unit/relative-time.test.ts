import { relativeTime } from '../../server/pages/relative-time';

const NOW = Date.UTC(2026, 0, 31, 9, 5, 7);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ago = relativeTime('en');

test.each([
  [0, 'now'],
  [59_999, 'now'],
  [MINUTE, '1 minute ago'],
  [HOUR - 1, '59 minutes ago'],
  [HOUR, '1 hour ago'],
  [DAY - 1, '23 hours ago'],
  [DAY, 'yesterday'],
  [2 * DAY, '2 days ago'],
  [13 * DAY, '13 days ago'],
  [14 * DAY, '2 weeks ago'],
  [29 * DAY, '4 weeks ago'],
  [30 * DAY, 'last month'],
  [364 * DAY, '12 months ago'],
  [365 * DAY, 'last year'],
  [800 * DAY, '2 years ago'],
  [-30_000, 'now'],
  [-5 * MINUTE, 'in 5 minutes'],
  [-DAY, 'in 1 day'],
  [-47 * HOUR, 'in 2 days'],
  [-7 * DAY + HOUR, 'in 7 days'],
  [-14 * DAY, 'in 2 weeks'],
  [-44 * DAY, 'in 1 month'],
  [-59 * DAY, 'in 2 months'],
  [-90 * DAY + HOUR, 'in 3 months'],
  [-400 * DAY, 'in 1 year'],
  [-700 * DAY, 'in 2 years'],
])('formats %i milliseconds ago as "%s"', (age, words) => {
  expect(ago(NOW - age, NOW)).toBe(words);
});

test('formats a time in another language', () => {
  expect(relativeTime('de')(NOW - 3 * HOUR, NOW)).toBe('vor 3 Stunden');
});
