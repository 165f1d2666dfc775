import type { Knex } from 'knex';
import { firstDifference, type Difference } from './difference';
import { MOVED_TABLES, SERVERS, type MovedTable } from './moved-tables';
import { pagesOf, rowsInPlaceOf, type Page } from './pages';

/** The progress, reported after every page. */
export interface Progress {
  readonly done: 'copied' | 'checked';
  readonly table: string;
  /** The number so far. */
  readonly rows: number;
  readonly whole: boolean;
}

export interface MovedRowsDependencies {
  /** The SQLite source. No process writes to it during the move. */
  readonly source: Knex;
  readonly target: Knex;
  readonly tell: (progress: Progress) => void;
}

/** Copies the rows of a store from one database to the other, and compares them in both. */
export function movedRows({ source, target, tell }: MovedRowsDependencies) {
  /** Processes all pages until one fails. */
  async function everyPage(
    done: Progress['done'],
    work: (table: MovedTable, page: Page) => Promise<Difference | undefined>,
  ): Promise<Difference | undefined> {
    for (const table of MOVED_TABLES) {
      let rows = 0;
      for await (const page of pagesOf(source, table)) {
        const difference = await work(table, page);
        if (difference) return difference;
        rows += page.rows.length;
        tell({ done, table: table.name, rows, whole: page.upTo === undefined });
      }
    }
    return undefined;
  }

  async function compare(table: MovedTable, page: Page, within = target): Promise<Difference | undefined> {
    return firstDifference(table, page.rows, await rowsInPlaceOf(within, table, page));
  }

  return {
    /** Copies what is missing. Leaves a page with different rows alone and reports it. */
    async copy(): Promise<Difference | undefined> {
      const difference = await everyPage('copied', (table, page) =>
        target.transaction(async (within) => {
          // A statement of a killed run may still be running. This waits for it and then sees its
          // rows.
          await within.raw('lock table ?? in share row exclusive mode', [table.name]);
          const isNew = page.rows.length > 0 && (await rowsInPlaceOf(within, table, page)).length === 0;
          if (isNew) await within(table.name).insert(page.rows);
          return isNew ? undefined : compare(table, page, within);
        }),
      );
      // Until PostgreSQL has statistics, it plans as for empty tables.
      for (const { name } of MOVED_TABLES) await target.raw('analyze ??', [name]);
      return difference;
    },

    /** Checks that no row is missing, different or surplus. */
    async check(): Promise<Difference | undefined> {
      const difference = await everyPage('checked', compare);
      return difference ?? compare(SERVERS, { rows: [], after: undefined, upTo: undefined });
    },

    async empty(): Promise<void> {
      const names = MOVED_TABLES.map(({ name }) => name);
      await target.raw(`truncate ${names.map(() => '??').join(', ')}`, names);
    },

    /**
     * Continues the ids after the highest one ever used, even if its row was deleted. The history
     * still refers to it.
     */
    async continueIds(): Promise<void> {
      const last = await source<{ name: string; seq: number }>('sqlite_sequence').where('seq', '>', 0);
      for (const { name, key } of MOVED_TABLES)
        for (const { seq } of last.filter((row) => row.name === name))
          await target.raw('select setval(pg_get_serial_sequence(?, ?), ?)', [name, key[0], seq]);
    },
  };
}
