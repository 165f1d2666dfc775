const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Each unit, and the age from which it is used.
const UNITS = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['week', 14 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
] as const;
const LENGTH = { year: 365 * DAY, month: 30 * DAY, week: 7 * DAY, day: DAY, hour: HOUR, minute: MINUTE };

/**
 * Returns a function that describes a time relative to now, such as "3 hours ago". Both are in
 * milliseconds since 1970. A future time is rounded and always has a number: 47 hours from now may be
 * the day after tomorrow.
 */
export function relativeTime(locale: string): (time: number, now: number) => string {
  const past = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const future = new Intl.RelativeTimeFormat(locale, { numeric: 'always' });
  return (time, now) => {
    const distance = time - now;
    const [unit] = UNITS.find(([, from]) => Math.abs(distance) >= from) ?? [];
    if (unit === undefined) return past.format(0, 'second');
    const units = distance / LENGTH[unit];
    return distance < 0 ? past.format(Math.trunc(units), unit) : future.format(Math.round(units), unit);
  };
}
