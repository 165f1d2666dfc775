import { readDateTime } from './date-time';

/** A `--time-zone` is not a time zone. The message says what to set. */
export class TimeZoneError extends Error {
  override readonly name = 'TimeZoneError';
}

/** The time zone of a WordPress site. */
export interface SiteTime {
  /** A name such as `Europe/Berlin`, or `UTC+05:30`. */
  readonly zone: string;
  /**
   * False if neither the source nor the caller names a zone that exists. `zone` is then that of
   * `gmt_offset`, or UTC.
   */
  readonly isKnown: boolean;
  /**
   * Returns milliseconds since 1970 for a `YYYY-MM-DD HH:MM:SS` of the site. Returns `null` for an
   * empty, impossible or zero date, and for one before 1970.
   */
  readonly toUtc: (siteTime: string) => number | null;
}

export interface SiteTimeOptions {
  /** The rows of `{p}options`. `undefined`: there is no such row. */
  readonly timezoneString: string | undefined;
  readonly gmtOffset: string | undefined;
  /** What a person chose instead, as for {@link timeZone}. */
  readonly override?: string | undefined;
}

interface Zone {
  readonly zone: string;
  /** Returns how far local time is ahead of UTC, in milliseconds, at a time in UTC. */
  readonly offsetAt: (utc: number) => number;
}

const MINUTE = 60_000;
const UTC: Zone = { zone: 'UTC', offsetAt: () => 0 };

/**
 * Returns the time zone of a site. As in WordPress, `timezone_string` counts before `gmt_offset`.
 * @throws TimeZoneError if `override` is not a time zone.
 */
export function siteTime({ timezoneString, gmtOffset, override }: SiteTimeOptions): SiteTime {
  const chosen = override === undefined ? undefined : timeZone(override);
  const named = chosen ?? readZone(timezoneString);
  const found = named ?? readOffset(gmtOffset);
  const { zone, offsetAt } = found ?? UTC;
  // Stores with a named zone have "" or 0 as gmt_offset, which says nothing then.
  const isNamed = (timezoneString ?? '').trim() !== '';
  return {
    zone,
    isKnown: (isNamed ? named : found) !== undefined,
    toUtc(time) {
      const local = readDateTime(time);
      return local === null ? null : localToUtc(local, offsetAt);
    },
  };
}

/**
 * Reads a time zone that a person typed: a name (`Europe/Berlin`) or an offset (`+02:00`, `UTC+5.5`).
 * @throws TimeZoneError
 */
export function timeZone(value: string): Zone {
  const zone = readZone(value) ?? fixedOffset(value);
  if (zone) return zone;
  throw new TimeZoneError(
    `The time zone must be a name such as Europe/Berlin, or an offset such as +02:00 (got ${JSON.stringify(value)}).`,
  );
}

/** Reads a name of the IANA database, or what WordPress's settings show for an offset: `UTC+5.5`. */
function readZone(value: string | undefined): Zone | undefined {
  const name = value?.trim() ?? '';
  // Newer versions of Node take offsets for names of zones.
  if (!/^[A-Za-z]/.test(name)) return undefined;
  if (/^(?:UTC|GMT)(?:$|[+-])/i.test(name)) return fixedOffset(name);
  try {
    return namedZone(name);
  } catch {
    return undefined;
  }
}

/** Reads `gmt_offset`, a number of hours. WordPress ignores fractions of a minute, and empty is 0. */
function readOffset(value: string | undefined): Zone | undefined {
  if (value === undefined) return undefined;
  const hours = Number(value);
  return Math.abs(hours) <= 24 ? offsetZone(Math.trunc(hours * 60)) : undefined;
}

/** The offsets that WordPress's settings have: -12 to +14 hours, in quarters. */
const OFFSET = /^(?:UTC|GMT)?(?:([+-]?)(\d{1,2})(?::?([0-5]\d)|\.(\d{1,2}))?)?$/i;

function fixedOffset(value: string): Zone | undefined {
  const [matches, sign, hours = '0', minutes = '0', fraction = '0'] = OFFSET.exec(value.trim()) ?? [];
  if (!matches) return undefined;
  const size = Number(hours) * 60 + Number(minutes) + Number(`0.${fraction}`) * 60;
  const total = sign === '-' ? -size : size;
  return total >= -12 * 60 && total <= 14 * 60 && total % 15 === 0 ? offsetZone(total) : undefined;
}

function offsetZone(minutes: number): Zone {
  if (minutes === 0) return UTC;
  const size = Math.abs(minutes);
  const two = (number: number) => String(number).padStart(2, '0');
  return {
    zone: `UTC${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`,
    offsetAt: () => minutes * MINUTE,
  };
}

/** @throws RangeError if there is no such zone. */
function namedZone(name: string): Zone {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return {
    zone: format.resolvedOptions().timeZone,
    offsetAt(utc) {
      const part = new Map(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
      const of = (type: Intl.DateTimeFormatPartTypes) => part.get(type) ?? 0;
      const local = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
      return local - utc;
    },
  };
}

/**
 * Returns the time in UTC of a local time, as PHP does (timelib_get_time_zone_info of its timelib).
 * In the hour that a site skips, clocks have not gone forward yet. An hour that happens twice counts
 * as the first one west of Greenwich, and elsewhere as the second.
 */
function localToUtc(local: number, offsetAt: Zone['offsetAt']): number {
  const guess = offsetAt(local);
  const offset = offsetAt(local - guess);
  const isTooEarly = offset > guess && offsetAt(local - offset) !== offset;
  return local - (isTooEarly ? guess : offset);
}
