import { dirname } from 'node:path';
import createKnex from 'knex';
import Sqlite from 'better-sqlite3';
import type { Database } from '../database';
import { makePrivateFile, makePrivateFolder } from '../private-files';
import { retry } from '../retry';
import { PatientClient } from './client';
import { sqliteDialect } from './dialect';
import { isBusy, sqliteErrors } from './errors';
import { hotStatements } from './hot-statements';
import { openLease } from './lease';
import { inMigration } from './migration';
import { takeWriteLock } from './write-lock';
import { openWriter } from './writer';

export interface SqliteOptions {
  readonly client: 'sqlite';
  readonly file: string;
}

// Another process may hold SQLite's one write lock for a moment (a CLI command, a second server).
const BUSY_TIMEOUT_MS = 5_000;

const WRITER_RETRIES_EVERY_MS = 2;
const STILL = new Int32Array(new SharedArrayBuffer(4));

const PRAGMAS = [
  'journal_mode = WAL',
  // A grant, a key and a revocation are on disk before they are answered, power loss included.
  'synchronous = FULL',
  'foreign_keys = ON',
  // What is deleted (the sealed secret of a revoked key) is overwritten in the file.
  'secure_delete = ON',
  // In pages. Taking the log's pages into the file waits for the disk: it is left to the thread that writes.
  'wal_autocheckpoint = 20000',
];

const WRITER_PRAGMAS = [
  // It asks again by itself.
  'busy_timeout = 0',
  // Nonces and times of last use survive the death of the process; to survive a power cut they need not.
  'synchronous = NORMAL',
  // The larger the log, the more of its pages replace each other before they are taken over.
  'wal_autocheckpoint = 10000',
];

/** One file, one machine, any number of processes. */
export function openSqlite({ file }: SqliteOptions): Database {
  makePrivateFolder(dirname(file));
  makePrivateFile(file);
  const knex = createKnex({
    client: PatientClient,
    connection: { filename: file },
    useNullAsDefault: true,
    pool: {
      // One connection: SQLite has one writer, and a transaction that awaits must not meet itself.
      min: 1,
      max: 1,
      afterCreate: (
        connection: Sqlite.Database,
        done: (error: Error | null, connection: unknown) => void,
      ) => {
        try {
          prepareConnection(connection);
          // From here on the client waits, and the event loop does not.
          connection.pragma('busy_timeout = 0');
          done(null, connection);
        } catch (error) {
          done(error as Error, connection);
        }
      },
    },
  });
  const hotConnection = new Sqlite(file, { fileMustExist: true });
  prepareConnection(hotConnection);
  const writer = openWriter({
    file,
    pragmas: [...PRAGMAS, ...WRITER_PRAGMAS],
    retryEveryMs: WRITER_RETRIES_EVERY_MS,
    giveUpAfterMs: BUSY_TIMEOUT_MS,
  });
  const lease = openLease(`${file}.leases`, file);
  return {
    dialect: sqliteDialect,
    knex,
    hot: hotStatements(hotConnection, writer),
    lease,
    // The one connection that writes makes them wait for each other.
    // With the write lock from its beginning: the thread writes meanwhile, and what has read first would never get it.
    transaction: (work) =>
      retry(sqliteErrors, () =>
        knex.transaction(async (within) => {
          await takeWriteLock(within);
          return work(within);
        }),
      ),
    inMigration: (steps) => inMigration(knex, steps),
    patiently: (work) => work(knex),
    async close() {
      await writer.close();
      await knex.destroy();
      hotConnection.close();
      lease.release();
    },
  };
}

function prepareConnection(connection: Sqlite.Database): void {
  connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  for (const pragma of PRAGMAS) setPragma(connection, pragma);
}

/** Of several processes that turn a new file to WAL at once SQLite lets one through, and has the others not wait but fail. */
function setPragma(connection: Sqlite.Database, pragma: string): void {
  const giveUpAt = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      connection.pragma(pragma);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUpAt) throw error;
      Atomics.wait(STILL, 0, 0, WRITER_RETRIES_EVERY_MS);
    }
  }
}
