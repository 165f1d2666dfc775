import type { Knex } from 'knex';
import type { Database } from '../database';
import { migrate } from '../migrate';
import { checkPostgresVersion } from '../postgres/server-version';
import { unfinishedMove } from './unfinished-move';
import type { Difference } from './difference';
import { movedRows, type Progress } from './moved-rows';
import { MOVED_TABLES, SERVERS } from './moved-tables';

export interface MoveDependencies {
  /** The SQLite source. No process writes to it during the move. */
  readonly source: Knex;
  /** Identifies this source. */
  readonly sourceId: string;
  /** The PostgreSQL target. */
  readonly target: Database;
  readonly tell: (progress: Progress) => void;
}

/**
 * Copies a store into PostgreSQL and compares every row.
 *
 * Each page is one transaction. The target is marked as unfinished until every row is there and
 * equal, so a move that was interrupted at any moment continues when it runs again.
 *
 * @throws if the target contains anything else, or a row differs at the end.
 */
export async function moveStore({ source, sourceId, target, tell }: MoveDependencies): Promise<void> {
  async function move(knex: Knex): Promise<void> {
    const rows = movedRows({ source, target: knex, tell });
    const unfinished = unfinishedMove(knex);
    const begunBy = await unfinished.source();
    if (begunBy === undefined) {
      const taken = await takenTables(knex);
      // The previous run may have been killed right after its end.
      if (taken.holding.length > 0 && taken.isStore && !(await rows.check())) return;
      if (taken.holding.length > 0)
        throw new Error(
          `The target already contains data (${taken.holding.join(', ')}). Name an empty database or schema. Nothing was copied.`,
        );
    } else if (begunBy !== sourceId)
      throw new Error(
        'The target contains an unfinished move of another store or secret key. Empty it first.',
      );
    await migrate(target);
    if (begunBy === undefined) await unfinished.begin(sourceId);

    if (await rows.copy()) {
      // Servers have run on the source since the move was interrupted.
      await rows.empty();
      rejectDifference(await rows.copy());
    }
    await rows.continueIds();
    rejectDifference(await rows.check());
    await unfinished.end();
  }

  await checkPostgresVersion(target.knex);
  const isDone = await target.lease.alone('move', async () => {
    await target.withoutTimeouts(move);
    return true;
  });
  if (!isDone) throw new Error('Another move to the target is in progress.');
}

function rejectDifference(difference: Difference | undefined): void {
  if (difference)
    throw new Error(
      `Row ${difference.key} of ${difference.table} differs between the source and the target. Another program writes to the target. ` +
        'Stop it, and run the move again. Until then, no server starts on the target.',
    );
}

/** Returns which of the tables have rows, and whether all the tables exist. */
async function takenTables(knex: Knex): Promise<{ holding: string[]; isStore: boolean }> {
  const all = [...MOVED_TABLES, SERVERS].map(({ name }) => name);
  const present = await knex<{ tablename: string }>('pg_tables')
    .where('schemaname', knex.raw('current_schema()'))
    .whereIn('tablename', all)
    .pluck<string[]>('tablename');
  const holding: string[] = [];
  for (const name of present) if (await knex(name).first()) holding.push(name);
  return { holding, isStore: present.length === all.length };
}
