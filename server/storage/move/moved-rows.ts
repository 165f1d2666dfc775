import type { Knex } from 'knex';
import { firstDifference, type Difference } from './difference';
import { MOVED_TABLES, SERVERS, type MovedTable } from './moved-tables';
import { pagesOf, rowsInPlaceOf, type Page } from './pages';

/** How far it is: told after every page. */
export interface Progress {
  readonly done: 'copied' | 'checked';
  readonly table: string;
  /** So far. */
  readonly rows: number;
  readonly whole: boolean;
}

export interface MovedRowsDependencies {
  /** SQLite, to which nobody writes meanwhile. */
  readonly source: Knex;
  readonly target: Knex;
  readonly tell: (progress: Progress) => void;
}

/** The rows of a store, from the one database into the other and compared in both. */
export function movedRows({ source, target, tell }: MovedRowsDependencies) {
  /** Goes through all pages until one of them is not as it should be. */
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
    /** Brings what is not there yet. A page that is there otherwise than it should be is left alone, and named. */
    async copy(): Promise<Difference | undefined> {
      const difference = await everyPage('copied', (table, page) =>
        target.transaction(async (within) => {
          // Of a run that was killed a statement may still be under way: it is waited for, and its rows are seen.
          await within.raw('lock table ?? in share row exclusive mode', [table.name]);
          const isNew = page.rows.length > 0 && (await rowsInPlaceOf(within, table, page)).length === 0;
          if (isNew) await within(table.name).insert(page.rows);
          return isNew ? undefined : compare(table, page, within);
        }),
      );
      // Until PostgreSQL has counted, it plans as for empty tables.
      for (const { name } of MOVED_TABLES) await target.raw('analyze ??', [name]);
      return difference;
    },

    /** Nothing missing, nothing changed, nothing too many. */
    async check(): Promise<Difference | undefined> {
      const difference = await everyPage('checked', compare);
      return difference ?? compare(SERVERS, { rows: [], after: undefined, upTo: undefined });
    },

    async empty(): Promise<void> {
      const names = MOVED_TABLES.map(({ name }) => name);
      await target.raw(`truncate ${names.map(() => '??').join(', ')}`, names);
    },

    /** An id is given once: not even that of a row long deleted, which the history still names, is given again. */
    async continueIds(): Promise<void> {
      const last = await source<{ name: string; seq: number }>('sqlite_sequence').where('seq', '>', 0);
      for (const { name, key } of MOVED_TABLES)
        for (const { seq } of last.filter((row) => row.name === name))
          await target.raw('select setval(pg_get_serial_sequence(?, ?), ?)', [name, key[0], seq]);
    },
  };
}
