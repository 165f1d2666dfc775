import type { ConsumerKey } from '../consumer-keys/consumer-key';
import type { OwnedKey } from '../consumer-keys/key-list-reader';
import { isManager, type User } from '../users/user';

/** A key without a use for this many days counts as unused. */
export const UNUSED_DAYS = 90;

/** Returns the time since which an unused key has no use. Times are milliseconds since 1970. */
export const unusedSince = (days: number, now: number): number => now - days * 86_400_000;

/**
 * `waiting`: the app has not confirmed the key yet. `stopped`: the key's owner does not manage the
 * store any more.
 */
export type KeyState = 'active' | 'waiting' | 'stopped';

/** The account that a key acts for. */
export type Owner = Pick<User, 'login' | 'role' | 'disabledAt'>;

/** Returns the state of a key, which depends on its owner too. */
export function stateOf(
  key: Pick<ConsumerKey, 'pending'>,
  owner: Pick<User, 'role' | 'disabledAt'>,
): KeyState {
  if (key.pending) return 'waiting';
  return isManager(owner) ? 'active' : 'stopped';
}

/** Returns the owner of a listed key. The database has stored a role for it. */
export const ownerOf = ({ owner }: Pick<OwnedKey, 'owner'>): Owner => owner as Owner;
