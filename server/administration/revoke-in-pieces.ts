import { setImmediate as turn } from 'node:timers/promises';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { KEYS_PER_TRANSACTION } from '../consumer-keys/consumer-key-store';
import type { RoleSelection } from '../consumer-keys/key-conditions';
import type { KeyListReader } from '../consumer-keys/key-list-reader';
import type { RevocationService } from '../revocation/revocation-service';
import type { Actor } from './actor';

/**
 * Ends these keys, a few at a time, so that other work gets a turn in between. Returns their ids.
 */
export async function revokeKeys(
  keys: readonly ConsumerKey[],
  by: Actor,
  revocation: RevocationService,
): Promise<number[]> {
  const revoked: number[] = [];
  for (let start = 0; start < keys.length; start += KEYS_PER_TRANSACTION) {
    revoked.push(...(await revocation.revoke(keys.slice(start, start + KEYS_PER_TRANSACTION), by)));
    await turn();
  }
  return revoked;
}

/**
 * Ends all keys of a selection, a few at a time, so that other work gets a turn in between. Returns
 * their number.
 */
export async function revokeInPieces(
  wanted: RoleSelection,
  by: Actor,
  { keyList, revocation }: { keyList: KeyListReader; revocation: RevocationService },
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
