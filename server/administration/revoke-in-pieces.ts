import { KEYS_PER_TRANSACTION } from '../consumer-keys/consumer-key-store';
import { setImmediate as turn } from 'node:timers/promises';
import type { KeyListStore, RoleSelection } from '../consumer-keys/key-list-store';
import type { RevocationService } from '../revocation/revocation-service';
import type { Actor } from './actor';

/**
 * Ends all keys of a selection, a few at a time, so that other work gets a turn in between. Returns
 * their number.
 */
export async function revokeInPieces(
  wanted: RoleSelection,
  by: Actor,
  { keyList, revocation }: { keyList: KeyListStore; revocation: RevocationService },
): Promise<number> {
  let revoked = 0;
  let after = 0;
  for (;;) {
    const keys = (await keyList.selected(wanted, KEYS_PER_TRANSACTION, after)).map(({ key }) => key);
    revoked += (await revocation.revoke(keys, by)).length;
    const last = keys.at(-1);
    if (!last || keys.length < KEYS_PER_TRANSACTION) return revoked;
    after = last.keyId;
    await turn();
  }
}
