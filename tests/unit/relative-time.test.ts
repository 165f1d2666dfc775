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
])('formats %i milliseconds ago as "%s"', (age, words) => {
  expect(ago(NOW - age, NOW)).toBe(words);
});

test('formats a time in another language', () => {
  expect(relativeTime('de')(NOW - 3 * HOUR, NOW)).toBe('vor 3 Stunden');
});
