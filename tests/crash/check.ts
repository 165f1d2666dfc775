import { checkDenial, checkGrant } from './grant-check';
import { checkFormer, checkKey } from './key-check';
import type { Ledger } from './ledger';
import type { Random } from './random';
import { openRows } from './row-check';
import { replay } from './signed-requests';

// A check covers the latest changes and this many older ones, so that a round does not take longer
// at the end of a run.
const OLD_ONES = 6;

/** Compares the server's earlier answers with its state after a restart. Returns what is wrong. */
export async function check(
  url: string,
  file: string,
  { ledger, random, thorough }: { ledger: Ledger; random: Random; thorough: boolean },
): Promise<string[]> {
  const rows = openRows(file);
  const old = thorough ? Infinity : OLD_ONES;
  const wrong = rows.problems({ thorough });
  try {
    const { since } = ledger;
    for (const attempt of since.grants) wrong.push(...(await checkGrant(attempt, { url, ledger, rows })));
    for (const denial of since.denials) wrong.push(...checkDenial(denial, rows));
    const keys = new Set([...since.keys, ...random.some(ledger.keys, old)]);
    for (const key of keys) wrong.push(...(await checkKey(key, { url, rows })));
    for (const pair of random.some(ledger.former, old)) wrong.push(...(await checkFormer(pair, url)));
    const uses = [...since.uses, ...random.some(ledger.oldUses, old)];
    for (const use of uses) {
      const problem = await replay(url, use);
      if (problem !== undefined) wrong.push(problem);
    }
    ledger.count('nonces: tried again', uses.length);
    ledger.count('keys: looked at after a restart', keys.size);
    // The checks themselves, above all an Approve that is pressed once more, must not leave
    // partial changes.
    wrong.push(...rows.problems({ thorough: false }));
  } finally {
    rows.close();
  }
  ledger.settled();
  return wrong;
}
