import { CLOSE, COMMA, DOT, OPEN } from './dump-bytes';
import type { TokenReader } from './token-reader';
import { rowsReader, type RowContext } from './dump-rows';
import { tableName } from './dump-tables';

export interface InsertContext extends RowContext {
  readonly wanted: (table: string) => boolean;
  /** Leaves the rest of the statement to another reader. */
  readonly become: (reader: TokenReader) => void;
}

const BEFORE_NAME = /^(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|INTO)$/i;

/** Reads INSERT or REPLACE from the word after it: the table and the names of its columns. */
export function insertReader(context: InsertContext): TokenReader {
  const { tables, wanted, skip, fail, become } = context;
  const name = tableName();
  let columns: string[] | undefined;
  let isInColumns = false;

  /** Returns whether the rows matter. */
  function isWanted(): boolean {
    const table = name.table();
    tables.names.add(table);
    if (wanted(table)) return true;
    skip();
    return false;
  }

  function beginRows(): void {
    const table = name.table();
    const database = name.database() ?? tables.database;
    const before = tables.databaseOf.has(table) ? tables.databaseOf.get(table) : database;
    if (before !== database)
      fail(
        `begins rows of ${table} in the database ${String(database)}, but there are rows of ${table} in ${String(before)} too. Dump only the database of the store`,
      );
    tables.databaseOf.set(table, database);
    become(rowsReader(context, table, columns));
  }

  const unreadable: () => never = () =>
    fail(
      `writes to ${name.table()} without VALUES. Dump the database with mysqldump or phpMyAdmin, which write INSERT INTO … VALUES`,
    );

  return {
    word(text) {
      if (isInColumns) columns?.push(text);
      else if (!name.isComplete()) {
        if (!BEFORE_NAME.test(text)) name.take(text);
      } else if (columns !== undefined || isWanted()) {
        if (/^values?$/i.test(text)) beginRows();
        else unreadable();
      }
    },
    quoted(_mark, bytes) {
      const text = bytes.toString();
      if (isInColumns) columns?.push(text);
      else if (!name.take(text) && isWanted()) unreadable();
    },
    sign(code) {
      if (code === DOT && !isInColumns) name.dot();
      else if (code === OPEN && columns === undefined) {
        if (!isWanted()) return;
        columns = [];
        isInColumns = true;
      } else if (code === CLOSE) isInColumns = false;
      else if (code !== COMMA && isWanted()) unreadable();
    },
    end: () => undefined,
  };
}

/** Reads UPDATE from the word after it. phpMyAdmin can write rows like this. */
export function updateReader({ wanted, skip, fail }: InsertContext): TokenReader {
  const name = tableName();
  return {
    word(text) {
      if (!name.isComplete() && !/^(?:LOW_PRIORITY|IGNORE)$/i.test(text)) name.take(text);
      else if (wanted(name.table()))
        fail(`changes ${name.table()} with UPDATE. Export the database with INSERT statements`);
      else skip();
    },
    quoted(_mark, bytes) {
      name.take(bytes.toString());
    },
    sign(code) {
      if (code === DOT) name.dot();
    },
    end: () => undefined,
  };
}
