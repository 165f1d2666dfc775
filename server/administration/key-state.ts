import type { AppSummary } from '../consumer-keys/app-list-reader';
import { isExpired, type ConsumerKey } from '../consumer-keys/consumer-key';
import { DAY_MS } from '../consumer-keys/key-lifetime';
import { EXTENDABLE_MS, NO_LIMITS } from '../consumer-keys/key-limits';
import type { KeyFilter, OwnedKey } from '../consumer-keys/key-list-reader';
import { isManager, type User } from '../users/user';

/** A key without a use for this many days counts as unused. */
export const UNUSED_DAYS = 90;
/** A key that ends within this many days is announced. */
export const ENDS_SOON_DAYS = 14;

/** Returns the time since which an unused key has no use. Times are milliseconds since 1970. */
export const unusedSince = (days: number, now: number): number => now - days * DAY_MS;

/** Returns the filter for the keys that work, and end within this many days. */
export const endingWithin = (days: number, now: number): Pick<KeyFilter, 'endsBetween'> => ({
  endsBetween: [now, now + days * DAY_MS],
});

/**
 * `waiting`: the app has not confirmed the key yet. `expired`: the key has ended. `stopped`: the key's
 * owner does not manage the store any more.
 */
export type KeyState = 'active' | 'waiting' | 'expired' | 'stopped';

/** The account that a key acts for. */
export type Owner = Pick<User, 'login' | 'role' | 'disabledAt'>;

type Ending = Pick<ConsumerKey, 'limits' | 'expiredAt'>;

/** Returns the state of a key, which depends on its owner and the time too. */
export function stateOf(
  key: Pick<ConsumerKey, 'pending'> & Ending,
  owner: Pick<User, 'role' | 'disabledAt'>,
  now: number,
): KeyState {
  if (key.pending) return 'waiting';
  if (isExpired(key, now)) return 'expired';
  return isManager(owner) ? 'active' : 'stopped';
}

/** Returns the state of an app: it has ended when the last of its keys has. */
export const stateOfApp = (app: AppSummary, now: number): KeyState =>
  stateOf(
    { pending: false, limits: { ...NO_LIMITS, expiresAt: app.endsAt }, expiredAt: app.endedAt },
    ownerOf(app),
    now,
  );

/** Returns whether a key still works, but ends within {@link ENDS_SOON_DAYS}. */
export const endsSoon = (key: Ending, now: number): boolean =>
  !isExpired(key, now) && (key.limits.expiresAt ?? Infinity) <= now + ENDS_SOON_DAYS * DAY_MS;

/**
 * Returns until when an ended key can be extended. Then the cleanup removes it. The days count from when
 * a server first saw that the key had ended, which is now if none has.
 */
export const extendableUntil = ({ expiredAt }: Pick<Ending, 'expiredAt'>, now: number): number =>
  (expiredAt ?? now) + EXTENDABLE_MS;

/** Returns the owner of a listed key. The database has stored a role for it. */
export const ownerOf = ({ owner }: Pick<OwnedKey, 'owner'>): Owner => owner as Owner;
