import type Sqlite from 'better-sqlite3';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';
import { UnavailableError } from '../../errors';
import type { FinderQuestion, HotStatements, Sight, SqlValue } from '../hot-statements';

// A write here must never block the event loop while knex's connection, in this same process, holds the write lock:
// it would wait for itself. So it does not wait inside SQLite, but asks again.
const RETRY_EVERY_MS = 2;
const GIVE_UP_AFTER_MS = 5_000;
const ROWS_A_TRANSACTION = 500;

type WriteOutcome = { readonly changes: number } | { readonly error: Error };

interface PendingRead {
  readonly read: (version: number) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface PendingWrite {
  readonly statement: () => Sqlite.Statement;
  readonly values: readonly SqlValue[];
  readonly settle: (outcome: WriteOutcome) => void;
}

export function hotStatements(connection: Sqlite.Database): HotStatements {
  connection.pragma('busy_timeout = 0');
  // Nonces and times of last use survive the death of the process; to survive a power cut they need not.
  connection.pragma('synchronous = NORMAL');
  // In KiB: the inner pages of the indexes of a million keys, so that a look-up reads no more than two pages of the file.
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
        if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw error;
        if (performance.now() > giveUpAt) throw new UnavailableError('The database is busy.');
        await wait(RETRY_EVERY_MS);
      }
    }
  }

  let reading: PendingRead[] = [];
  const readVersion = prepared('pragma data_version');

  // Taking a snapshot costs SQLite several locks, many times what a look-up costs; so what comes in while the event loop
  // turns once shares one.
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

  const readAll = connection.transaction((reads: readonly PendingRead[]) => {
    const { data_version: version } = readVersion().get() as { data_version: number };
    for (const { read, resolve, reject } of reads)
      try {
        resolve(read(version));
      } catch (error) {
        reject(error);
      }
  });

  let waiting: PendingWrite[] = [];

  // What comes in while the event loop turns once is committed together: a commit costs many times what a row costs.
  async function commitWaiting(): Promise<void> {
    const writes = waiting;
    waiting = [];
    try {
      const outcomes = await whenFree(() => writeAll.immediate(writes));
      outcomes.forEach((outcome, index) => {
        writes[index]?.settle(outcome);
      });
    } catch (error) {
      for (const { settle } of writes) settle({ error: error as Error });
    }
  }

  const writeAll = connection.transaction((writes: readonly PendingWrite[]) =>
    writes.map(({ statement, values }): WriteOutcome => {
      try {
        return { changes: statement().run(...values).changes };
      } catch (error) {
        // A row that breaks a rule is that caller's affair alone; a failing disk is everybody's.
        if (String((error as { code?: string }).code).startsWith('SQLITE_CONSTRAINT'))
          return { error: error as Error };
        throw error;
      }
    }),
  );

  return {
    reader<Row>(sql: string) {
      const statement = prepared(sql);
      return (...values) => whenFree(() => statement().get(...values) as Row | undefined);
    },
    rowsReader<Row>(sql: string) {
      const statement = prepared(sql);
      return (...values) => whenFree(() => statement().all(...values) as Row[]);
    },
    finder<Row>({ select, column, decoy }: FinderQuestion) {
      const statement = prepared(`${select} where ${column} = ?`);
      const decoyStatement = prepared(decoy);
      return <T>(value: () => string, decide: (sight: Sight<Row>) => T) =>
        new Promise<T>((resolve, reject) => {
          const row = () => {
            const found = statement().get(value()) as Row | undefined;
            if (found === undefined) decoyStatement().get();
            return found;
          };
          const read = (version: number) => decide({ version, row });
          reading.push({ read, resolve: resolve as (value: unknown) => void, reject });
          if (reading.length === 1) setImmediate(() => void readTogether());
        });
    },
    writer(sql) {
      const statement = prepared(typeof sql === 'string' ? sql : sql.sqlite);
      return (...values) =>
        new Promise((resolve, reject) => {
          const settle = (outcome: WriteOutcome) => {
            if ('changes' in outcome) resolve(outcome.changes);
            else reject(outcome.error);
          };
          waiting.push({ statement, values, settle });
          if (waiting.length === 1) setImmediate(() => void commitWaiting());
        });
    },
    bulkWriter({ sqlite }) {
      const statement = prepared(sqlite);
      const writeSome = connection.transaction((rows: readonly (readonly SqlValue[])[]) => {
        for (const row of rows) statement().run(...row);
      });
      return async (rows) => {
        for (let start = 0; start < rows.length; start += ROWS_A_TRANSACTION) {
          const some = rows.slice(start, start + ROWS_A_TRANSACTION);
          await whenFree(() => {
            writeSome.immediate(some);
          });
          await nextTurn();
        }
      };
    },
  };
}
