import type Sqlite from 'better-sqlite3';
import { setTimeout as wait } from 'node:timers/promises';
import { UnavailableDatabaseError } from '../database-error';
import type { FinderQuestion, HotStatements, Snapshot, SqlValue } from '../hot-statements';
import { updateStatement, upsertStatement, type RowStatement } from './bulk-statements';
import { isBusy } from './errors';
import { GIVE_UP_AFTER_MS } from './write-lock';
import type { Outcome, Write, Writer } from './writer';

const RETRY_EVERY_MS = 2;
const ROWS_PER_TRANSACTION = 2_000;
const NOT_WRITTEN = 'SQLITE_ERROR';

interface PendingRead {
  readonly read: () => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface PendingWrite {
  readonly sql: string;
  readonly values: readonly SqlValue[];
  readonly settle: (outcome: Outcome) => void;
  readonly reject: (error: Error) => void;
}

/** Reads on `connection` and writes in a thread. */
export function hotStatements(connection: Sqlite.Database, writer: Writer): HotStatements {
  connection.pragma('busy_timeout = 0');
  // In KiB. It holds the inner index pages of a million keys, so a lookup reads at most two pages
  // of the file.
  connection.pragma('cache_size = -16384');

  const prepared = (sql: string) => {
    let statement: Sqlite.Statement | undefined;
    return () => (statement ??= connection.prepare(sql));
  };

  async function whenFree<T>(work: () => T): Promise<T> {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      try {
        return work();
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (performance.now() > giveUpAt) throw new UnavailableDatabaseError('The database is busy.');
        await wait(RETRY_EVERY_MS);
      }
    }
  }

  let reading: PendingRead[] = [];

  // A snapshot costs SQLite several locks, far more than a lookup. So all reads of one turn of the
  // event loop share one.
  async function readTogether(): Promise<void> {
    const reads = reading;
    reading = [];
    try {
      await whenFree(() => {
        readAll(reads);
      });
    } catch (error) {
      for (const { reject } of reads) reject(error);
    }
  }

  let snapshotNumber = 0;
  const readAll = connection.transaction((reads: readonly PendingRead[]) => {
    snapshotNumber += 1;
    for (const { read, resolve, reject } of reads)
      try {
        resolve(read());
      } catch (error) {
        // The first reader takes the snapshot.
        if (isBusy(error)) throw error;
        reject(error);
      }
  });

  let waiting: PendingWrite[] = [];
  let isWriting = false;

  // All writes of one turn of the event loop, or of the time in which others are being written,
  // share one commit. A commit costs far more than a row.
  async function commitWaiting(): Promise<void> {
    const writes = waiting;
    waiting = [];
    isWriting = true;
    try {
      const answer = await writer.write(together(writes));
      writes.forEach(({ settle }, index) => {
        settle(typeof answer === 'string' ? answer : (answer[index] ?? NOT_WRITTEN));
      });
    } catch (error) {
      for (const { reject } of writes) reject(error as Error);
    } finally {
      isWriting = false;
      if (waiting.length > 0) setImmediate(() => void commitWaiting());
    }
  }

  return {
    reader<Row>(sql: string) {
      const statement = prepared(sql);
      return (...values) => whenFree(() => statement().get(...values) as Row | undefined);
    },
    rowsReader<Row>(sql: string) {
      const statement = prepared(sql);
      return (...values) => whenFree(() => statement().all(...values) as Row[]);
    },
    finder<Row>({ columns, from, index, join, column, decoy, version: versionSelect }: FinderQuestion) {
      const hint = index === undefined ? '' : `indexed by ${index}`;
      const statement = prepared(`select ${columns} from ${from} ${hint} ${join} where ${column} = ?`);
      const decoyStatement = prepared(decoy);
      const versionStatement = prepared(versionSelect);
      let version: number | undefined;
      let versionOf: number | undefined;
      function currentVersion(): number | undefined {
        if (versionOf !== snapshotNumber) {
          ({ version } = versionStatement().get() as { version: number });
          versionOf = snapshotNumber;
        }
        return version;
      }
      return <T>(value: () => string, decide: (snapshot: Snapshot<Row>) => T | Promise<T>) =>
        new Promise<T>((resolve, reject) => {
          const row = () => {
            const found = statement().get(value()) as Row | undefined;
            if (found === undefined) decoyStatement().get();
            return found;
          };
          const read = () => decide({ version: currentVersion(), row });
          reading.push({ read, resolve: resolve as (value: unknown) => void, reject });
          if (reading.length === 1) setImmediate(() => void readTogether());
        });
    },
    writer(sql) {
      return (...values) =>
        new Promise((resolve, reject) => {
          const settle = (outcome: Outcome) => {
            if (typeof outcome === 'number') resolve(outcome);
            else reject(sqliteError(outcome));
          };
          waiting.push({ sql, values, settle, reject });
          if (waiting.length === 1 && !isWriting) setImmediate(() => void commitWaiting());
        });
    },
    bulkUpdate(update) {
      const statement = updateStatement(update);
      return (rows) => writeAll(statement, rows, null);
    },
    bulkUpsert(upsert) {
      const statement = upsertStatement(upsert);
      return (rows, shared) => writeAll(statement, rows, shared);
    },
  };

  async function writeAll(
    { sql, values }: RowStatement,
    rows: readonly (readonly SqlValue[])[],
    shared: SqlValue,
  ): Promise<void> {
    for (let start = 0; start < rows.length; start += ROWS_PER_TRANSACTION) {
      const some = rows.slice(start, start + ROWS_PER_TRANSACTION).map((row) => values(row, shared));
      const answer = await writer.write([{ sql, rows: some }]);
      const rejection =
        typeof answer === 'string' ? answer : answer.find((outcome) => typeof outcome === 'string');
      if (typeof rejection === 'string') throw sqliteError(rejection);
    }
  }
}

/** Keeps the order of the writes, and merges neighbors with the same statement. */
function together(writes: readonly PendingWrite[]): Write[] {
  const runs: { readonly sql: string; readonly rows: (readonly SqlValue[])[] }[] = [];
  for (const { sql, values } of writes) {
    const last = runs.at(-1);
    if (last?.sql === sql) last.rows.push(values);
    else runs.push({ sql, rows: [values] });
  }
  return runs;
}

const sqliteError = (code: string) => Object.assign(new Error('SQLite rejected a write.'), { code });
