import type { ConsumerKey } from '../consumer-keys/consumer-key';
import type { OwnedKey } from '../consumer-keys/key-list-store';
import { isManager, type User } from '../users/user';

/** `waiting`: its app has not confirmed it yet. `stopped`: its owner may not manage the store (any more). */
export type KeyState = 'active' | 'waiting' | 'stopped';

/** Whose key it is. */
export type Owner = Pick<User, 'login' | 'role' | 'disabledAt'>;

export function stateOf(key: ConsumerKey, owner: Pick<User, 'role' | 'disabledAt'>): KeyState {
  if (key.pending) return 'waiting';
  return isManager(owner) ? 'active' : 'stopped';
}

/** The owner's role as the table has it. */
export const ownerOf = ({ owner }: OwnedKey): Owner => owner as Owner;
