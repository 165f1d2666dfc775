import { createTableReader } from './dump-create-table';
import { dumpCompleteness } from './dump-completeness';
import { insertReader, updateReader, type InsertContext } from './dump-insert';
import type { TokenReader } from './token-reader';
import type { DumpSession } from './dump-session';
import { dumpTables } from './dump-tables';
import { KEYS_TABLE, suffixOf } from './known-columns';
import { ImportError, type SourceContents } from './source';

/** What reads statements, apart from what it finds out itself. */
export type StatementContext = Omit<InsertContext, 'tables' | 'decode' | 'become'> & {
  readonly session: DumpSession;
};

export const POSTGRES_DUMP = 'This is a dump of PostgreSQL. WordPress stores its tables in MySQL or MariaDB.';

/** Reads the statements of a dump: each by a reader of its own, which its first word chooses. */
export function dumpStatements({ session, ...options }: StatementContext) {
  const { skip, wanted } = options;
  const tables = dumpTables();
  const completeness = dumpCompleteness();
  let current: TokenReader;
  let count = 0;
  const become = (reader: TokenReader) => {
    current = reader;
  };
  const context: InsertContext = { ...options, tables, decode: session.decode, become };

  const readerOf: Readonly<Record<string, () => TokenReader>> = {
    INSERT: () => insertReader(context),
    REPLACE: () => insertReader(context),
    UPDATE: () => updateReader(context),
    SET: () => session.reader,
    CREATE: () => words(create),
    USE: () => words(use),
    START: () => words(startTransaction),
    LOCK: () => noting(() => completeness.begin('lock', 'a LOCK TABLES has no UNLOCK TABLES')),
    UNLOCK: () => noting(() => completeness.end('lock')),
    COMMIT: () => noting(() => completeness.end('transaction')),
    COPY: () => {
      throw new ImportError(POSTGRES_DUMP);
    },
  };
  const start = words((word) => {
    const reader = readerOf[word.toUpperCase()];
    count++;
    if (reader) become(reader());
    else skip();
  });
  current = start;

  /** Reads words, or skips what has none. */
  function words(take: (word: string) => void): TokenReader {
    return {
      word: take,
      quoted: (_mark, bytes) => take(bytes.toString()),
      sign: skip,
      end: () => undefined,
    };
  }

  function noting(note: () => void): TokenReader {
    skip();
    return { word: skip, quoted: skip, sign: skip, end: note };
  }

  function create(word: string): void {
    if (/^table$/i.test(word)) become(createTableReader({ begin: beginTable, end: endTable }));
    else if (/^(?:database|schema)$/i.test(word)) become(words(use));
    else if (!/^(?:or|replace|temporary)$/i.test(word)) skip();
  }

  function beginTable(table: string): void {
    tables.names.add(table);
    if (!wanted(table)) skip();
  }

  function endTable(table: string, shape: { columns: readonly string[]; latin1: ReadonlySet<string> }): void {
    if (wanted(table)) tables.shapes.set(table, shape);
  }

  /** `CREATE DATABASE IF NOT EXISTS shop`, or `USE shop`. */
  function use(word: string): void {
    if (/^(?:if|not|exists)$/i.test(word)) return;
    tables.database = word;
    skip();
  }

  function startTransaction(word: string): void {
    if (/^transaction$/i.test(word)) completeness.begin('transaction', 'a START TRANSACTION has no COMMIT');
    skip();
  }

  return {
    reader: (): TokenReader => current,
    /** The statement is over. */
    next(): void {
      current = start;
    },
    comment(text: string): void {
      if (text.startsWith('-- PostgreSQL database dump')) throw new ImportError(POSTGRES_DUMP);
      completeness.comment(text);
      const [, database] = /^(?:--|#) (?:Host: .*\s)?(?:Current )?Database: +`?(.+?)`?\s*$/.exec(text) ?? [];
      tables.database = database ?? tables.database;
    },
    /**
     * Returns what the dump consists of.
     * @throws ImportError if the end of the dump is missing, or columns have no names.
     */
    finish(): SourceContents {
      completeness.check();
      if (count === 0) throw new ImportError('The file has no SQL statement.');
      const names = [...tables.names];
      for (const [table, reason] of tables.unnamed)
        if (names.some((name) => isOfStore(name, table))) throw new ImportError(reason);
      const used = [...tables.databaseOf];
      const [, database] = used.find(([table]) => table.endsWith(KEYS_TABLE)) ?? used[0] ?? [];
      return { databaseName: database ?? tables.database, tables: names };
    },
  };
}

/** Plugins have tables like `wp_plugin_users`, too. A table matters beside the keys of a store. */
function isOfStore(keysTable: string, table: string): boolean {
  const prefix = table.slice(0, -(suffixOf(table)?.length ?? 0));
  return keysTable.endsWith(KEYS_TABLE) && keysTable.startsWith(prefix);
}
