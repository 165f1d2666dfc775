import type { Fate, KnownKey, KnownPair, Row, Tally } from './ledger';
import { untilItEnded } from './limit-work';
import type { Rows } from './row-check';
import { fateOf } from './store-client';

/**
 * Checks one key after a crash: what was answered must hold, what was only asked for may have
 * happened or not, and pair, row and history must agree. Sets the key's state to what was found.
 * Returns what is wrong.
 */
export async function checkKey(key: KnownKey, { url, rows }: { url: string; rows: Rows }): Promise<string[]> {
  const { keyId, current } = key;
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) wrong.push(`key ${keyId}: ${what}`);
  };
  if (key.endsAt !== undefined) await untilItEnded(key);
  const fate = await fateOf(url, current.pair);
  const row = rows.one<Row & { expires_at: number | null; replaced_by: number | null }>(
    'select description, permissions, expires_at, replaced_by from consumer_keys where key_id = ?',
    keyId,
  );
  const revoked = rows.entries('key.revoked', keyId);

  const regenerated = rows.entries('key.regenerated', keyId);
  expect(isBetween(regenerated, key.regenerated), `regenerated ${regenerated} times`);
  if (key.regenerated.asked > key.regenerated.answered && regenerated === key.regenerated.asked)
    key.pairLost = true;
  settle(key.regenerated, regenerated);

  const right: readonly Fate[] = key.pairLost ? ['dead'] : key.revoking ? current.may : asIfUntouched(key);
  expect(right.includes(fate), `${fate}, where only this may be: ${right.join(', ')}`);
  const isThere = fate !== 'dead' || key.pairLost;
  expect((row !== undefined) === isThere, isThere ? 'its row is gone' : 'its row is still there');
  expect(revoked === (isThere ? 0 : 1), `it is written down ${revoked} times that it was revoked`);

  const replaced = rows.entries('key.replaced', keyId);
  expect(isBetween(replaced, key.replaced), `replaced ${replaced} times`);
  settle(key.replaced, replaced);
  if (row) {
    expect((row.replaced_by !== null) === replaced > 0, `its successor is ${row.replaced_by}`);
    const hasEnd = replaced > 0 || key.endsAt !== undefined;
    expect((row.expires_at !== null) === hasEnd, `its end is ${row.expires_at}`);
  }

  const changed = rows.entries('key.changed', keyId);
  expect(isBetween(changed, key.changed), `changed ${changed} times`);
  if (row) {
    const expected = changed === key.changed.asked ? key.rows.at(-1)! : key.rows[0]!;
    expect(row.permissions === expected.permissions, `its permissions are ${row.permissions}`);
    expect(
      expected.description === undefined || row.description === expected.description,
      `its description is ${String(row.description)}`,
    );
    key.rows = [expected];
  }
  settle(key.changed, changed);
  current.may = [fate];
  key.revoking = false;
  return wrong;
}

/** Checks a pair that is no longer current. */
export async function checkFormer({ pair }: KnownPair, url: string): Promise<string[]> {
  return (await fateOf(url, pair)) === 'dead' ? [] : ['a replaced pair works'];
}

// The state of its pair is unknown only because a new one was asked for and not made.
function asIfUntouched({ current: { may }, endsAt }: KnownKey): readonly Fate[] {
  if (endsAt !== undefined) return ['expired'];
  return may.length > 1 ? ['works'] : may;
}

const isBetween = (count: number, { asked, answered }: Tally) => count >= answered && count <= asked;

function settle(tally: Tally, count: number): void {
  tally.asked = count;
  tally.answered = count;
}
