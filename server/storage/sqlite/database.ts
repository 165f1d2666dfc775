import { dirname } from 'node:path';
import createKnex from 'knex';
import Sqlite from 'better-sqlite3';
import type { Database } from '../database';
import { makePrivateFile, makePrivateFolder } from '../private-files';
import { retry } from '../retry';
import { PatientClient } from './client';
import { addFunctions, sqliteDialect } from './dialect';
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

// Another process (a CLI command, a second server) may hold SQLite's write lock for a moment.
const BUSY_TIMEOUT_MS = 5_000;

const WRITER_RETRIES_EVERY_MS = 2;
const STILL = new Int32Array(new SharedArrayBuffer(4));

const PRAGMAS = [
  'journal_mode = WAL',
  // A grant, a key and a revocation are on disk before they are answered, so they survive a power
  // loss.
  'synchronous = FULL',
  'foreign_keys = ON',
  // Deleted data, such as the sealed secret of a revoked key, is overwritten in the file.
  'secure_delete = ON',
  // In pages. A checkpoint waits for the disk, so the writer thread does it.
  'wal_autocheckpoint = 20000',
];

const WRITER_PRAGMAS = [
  // The thread retries by itself.
  'busy_timeout = 0',
  // Nonces and times of last use survive the death of the process. They do not have to survive a
  // power loss.
  'synchronous = NORMAL',
  // In a larger log, more of its pages replace each other before the checkpoint.
  'wal_autocheckpoint = 10000',
];

/** Opens SQLite: one file, one machine, any number of processes. */
export function openSqlite({ file }: SqliteOptions): Database {
  makePrivateFolder(dirname(file));
  makePrivateFile(file);
  const knex = createKnex({
    client: PatientClient,
    connection: { filename: file },
    useNullAsDefault: true,
    pool: {
      // One connection: SQLite has one writer, and a transaction that awaits must not block itself.
      min: 1,
      max: 1,
      afterCreate: (
        connection: Sqlite.Database,
        done: (error: Error | null, connection: unknown) => void,
      ) => {
        try {
          prepareConnection(connection);
          addFunctions(connection);
          // From here on, the client waits for the lock, and the event loop does not.
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
    // Transactions run one after another on the single writing connection. Each takes the write
    // lock at its beginning. Otherwise the writer thread could write in between, and a transaction
    // that had read before could never get the lock.
    transaction: (work) =>
      retry(sqliteErrors, () =>
        knex.transaction(async (within) => {
          await takeWriteLock(within);
          return work(within);
        }),
      ),
    inMigration: (steps) => inMigration(knex, steps),
    withoutTimeouts: (work) => work(knex),
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

/**
 * Sets it, and retries: if several processes switch a new file to WAL at once, SQLite lets one
 * through and fails the rest without waiting.
 */
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
