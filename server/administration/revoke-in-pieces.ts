import { setImmediate as turn } from 'node:timers/promises';
import type { KeyListStore, RoleSelection } from '../consumer-keys/key-list-store';
import type { RevocationService } from '../revocation/revocation-service';
import type { Actor } from './actor';

const KEYS_A_TRANSACTION = 100;

/** Ends all of a selection, some at a time, and lets everybody else have their turn in between. Answers how many. */
export async function revokeInPieces(
  wanted: RoleSelection,
  by: Actor,
  { keyList, revocation }: { keyList: KeyListStore; revocation: RevocationService },
): Promise<number> {
  let revoked = 0;
  let after = 0;
  for (;;) {
    const keys = (await keyList.selected(wanted, KEYS_A_TRANSACTION, after)).map(({ key }) => key);
    revoked += (await revocation.revoke(keys, by)).length;
    const last = keys.at(-1);
    if (!last || keys.length < KEYS_A_TRANSACTION) return revoked;
    after = last.keyId;
    await turn();
  }
}
