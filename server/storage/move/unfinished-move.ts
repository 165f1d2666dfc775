import type { Knex } from 'knex';

// This table is not part of the schema: `wc-auth move` creates it before it copies the first row,
// and drops it after the final comparison.
const TABLE = 'unfinished_move';

/** The target of a move that did not finish. Some keys may be missing. */
export class UnfinishedMoveError extends Error {
  override readonly name = 'UnfinishedMoveError';
}

/** Reads and writes the mark of a database that is the target of a move. */
export function unfinishedMove(knex: Knex) {
  const mark = (within: Knex = knex) => within<{ source: string }>(TABLE);
  return {
    /** Returns the source of the unfinished move, or `undefined` if no move is unfinished. */
    async source(): Promise<string | undefined> {
      return (await knex.schema.hasTable(TABLE)) ? ((await mark().first())?.source ?? '') : undefined;
    },
    begin: (source: string): Promise<void> =>
      knex.transaction(async (within) => {
        await within.schema.createTable(TABLE, (table) => void table.text('source').notNullable());
        await mark(within).insert({ source });
      }),
    end: async (): Promise<void> => {
      await knex.schema.dropTableIfExists(TABLE);
    },
  };
}

/**
 * Checks that the database is not the target of an unfinished move.
 * @throws UnfinishedMoveError
 */
export async function rejectUnfinishedMove(knex: Knex): Promise<void> {
  if ((await unfinishedMove(knex).source()) !== undefined)
    throw new UnfinishedMoveError(
      'The move of a store into this database is not finished. Run the same `wc-auth move` again until it succeeds, ' +
        'or use the old DATABASE_URL.',
    );
}
