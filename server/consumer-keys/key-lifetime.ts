import { UserError } from '../errors/user-error';

export const DAY_MS = 86_400_000;

/** How long a new key lives (KEY_LIFETIME_DAYS), and at most (KEY_LIFETIME_MAX_DAYS). `null`: unset. */
export interface KeyLifetimes {
  readonly defaultDays: number | null;
  readonly maxDays: number | null;
}

export const ANY_LIFETIME: KeyLifetimes = { defaultDays: null, maxDays: null };

const OFFERED_DAYS = [30, 90, 365];

/** How many days a replaced key may work on, as forms offer it. 0: it stops at once. */
export const OVERLAP_DAYS: readonly number[] = [0, 1, 7, 30];
export const OVERLAP_DEFAULT_DAYS = 7;

/** Returns the lifetimes that a form offers, in days. `null`: the key never ends. */
export function lifetimeChoices(lifetimes: KeyLifetimes): readonly (number | null)[] {
  const { maxDays } = lifetimes;
  const own = [lifetimes.defaultDays, maxDays].filter((days) => days !== null);
  const days = [...new Set([...OFFERED_DAYS, ...own])]
    .filter((one) => one <= (maxDays ?? Infinity))
    .sort((one, other) => one - other);
  return maxDays === null ? [null, ...days] : days;
}

/** Returns the lifetime of a new key for which no other is chosen, in days. `null`: it never ends. */
export const defaultLifetime = ({ defaultDays, maxDays }: KeyLifetimes): number | null =>
  defaultDays ?? maxDays;

/** Returns when a lifetime that begins now ends. Milliseconds since 1970. */
export const endOf = (days: number | null, now: number): number | null =>
  days === null ? null : now + days * DAY_MS;

/**
 * Checks the end of a key that a person chose.
 * @throws UserError if it has passed already, or is later than KEY_LIFETIME_MAX_DAYS allows
 */
export function checkLifetime(
  expiresAt: number | null,
  { now, lifetimes: { maxDays } }: { now: number; lifetimes: KeyLifetimes },
): void {
  if (expiresAt !== null && expiresAt <= now)
    throw new UserError({ field: 'expires', key: 'key.error.ends_in_past' });
  if (maxDays !== null && (expiresAt ?? Infinity) > now + maxDays * DAY_MS)
    throw new UserError({ field: 'expires', key: 'key.error.lives_too_long', values: { most: maxDays } });
}
