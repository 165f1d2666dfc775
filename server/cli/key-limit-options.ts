import { InvalidArgumentError, Option, type Command } from 'commander';
import { OVERLAP_MAX_MS } from '../administration/key-administration';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import {
  DAY_MS,
  defaultLifetime,
  endOf,
  OVERLAP_DEFAULT_DAYS,
  type KeyLifetimes,
} from '../consumer-keys/key-lifetime';
import {
  NO_LIMITS,
  parseAddresses,
  parseResources,
  RESOURCES,
  type KeyLimits,
} from '../consumer-keys/key-limits';
import { UserError } from '../errors/user-error';
import { loadLanguages } from '../pages/languages';

/** The options that limit a key. Unset: as it is, or for a new key the default. */
export interface LimitOptions {
  /** Milliseconds since 1970, or a word, because commander takes `null` for an empty value. */
  expires?: number | 'never';
  resources?: NonNullable<KeyLimits['resources']> | 'all';
  addresses?: NonNullable<KeyLimits['addresses']> | 'any';
}

/** Adds the options that limit a key. */
export const addLimitOptions = (command: Command): Command =>
  command
    .option(
      '--expires <when>',
      'when the key ends: a date (2027-06-30), a number of days (30d), or never',
      expires,
    )
    .option('--resources <groups>', `what it opens: all, or some of ${RESOURCES.join(',')}`, resources)
    .option(
      '--addresses <ranges>',
      'which addresses may use it: any, or CIDR ranges (192.0.2.0/24,…)',
      addresses,
    );

/** Returns whether an option limits a key. */
export const hasLimitOption = ({ expires, resources, addresses }: LimitOptions): boolean =>
  [expires, resources, addresses].some((value) => value !== undefined);

/** Returns the limits of a new key. */
export const newLimits = (options: LimitOptions, lifetimes: KeyLifetimes): KeyLimits =>
  changedLimits({ ...NO_LIMITS, expiresAt: endOf(defaultLifetime(lifetimes), Date.now()) }, options);

/** Returns the limits of a key after a change. */
export const changedLimits = (
  before: ConsumerKey['limits'],
  { expires, resources, addresses }: LimitOptions,
): KeyLimits => ({
  expiresAt: expires === undefined ? before.expiresAt : expires === 'never' ? null : expires,
  resources: resources === undefined ? before.resources : resources === 'all' ? null : resources,
  addresses: addresses === undefined ? before.addresses : addresses === 'any' ? null : addresses,
});

const NOT_A_TIME =
  'It must be a date such as 2027-06-30 or 2027-06-30T12:00:00Z, a number of days such as 30d, or never.';

/** Parses when a key ends. A date without a time means its beginning, in UTC. */
function expires(value: string): number | 'never' {
  if (value === 'never') return value;
  const days = /^([1-9]\d{0,4})d$/.exec(value)?.[1];
  const time = days === undefined ? timeOf(value) : Date.now() + Number(days) * DAY_MS;
  if (time === undefined) throw new InvalidArgumentError(NOT_A_TIME);
  if (time <= Date.now()) throw new InvalidArgumentError('It must be in the future.');
  return time;
}

const ISO = /^(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

function timeOf(value: string): number | undefined {
  const day = ISO.exec(value)?.[1];
  const start = Date.parse(`${day}T00:00:00Z`);
  // JavaScript takes 2027-02-30 for 2 March.
  if (day === undefined || Number.isNaN(start) || !new Date(start).toISOString().startsWith(day))
    return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

const list = (value: string) => value.split(',').map((one) => one.trim());

const resources = (value: string) =>
  value === 'all' ? value : (inWords(() => parseResources(list(value))) ?? 'all');

const addresses = (value: string) =>
  value === 'any' ? value : (inWords(() => parseAddresses(list(value))) ?? 'any');

/** Parses a number of days for `--days`. */
export function days(value: string): number {
  const number = /^([1-9]\d{0,4})d?$/.exec(value)?.[1];
  if (number === undefined) throw new InvalidArgumentError('It must be a number of days, such as 30.');
  return Number(number);
}

/** Returns the option `--overlap`. */
export const overlapOption = (): Option =>
  new Option('--overlap <days>', 'how long the old key works: 0 to 30 days, such as 7d or 12h')
    .argParser(overlap)
    .default(OVERLAP_DEFAULT_DAYS * DAY_MS, `${OVERLAP_DEFAULT_DAYS}d`);

function overlap(value: string): number {
  const [, number, unit] = /^(\d{1,4})([dh]?)$/.exec(value) ?? [];
  const ms = Number(number) * (unit === 'h' ? DAY_MS / 24 : DAY_MS);
  if (number === undefined || ms > OVERLAP_MAX_MS)
    throw new InvalidArgumentError(
      'It must be a number of days or hours up to 30 days, such as 7d, 12h or 0.',
    );
  return ms;
}

/** Puts a mistake in a value into words. */
function inWords<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new InvalidArgumentError(loadLanguages().standard(error.text.key, error.text.values));
  }
}
