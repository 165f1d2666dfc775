import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import createKnex from 'knex';
import Sqlite from 'better-sqlite3';
import { again } from '../again';
import type { Database, SqliteOptions } from '../database';
import { hotStatements } from './hot-statements';
import { openLease } from './lease';
import { PatientClient } from './patient-client';

// Another process may hold SQLite's one write lock for a moment (a CLI command, a second server).
const BUSY_TIMEOUT_MS = 5_000;

/** One file, one machine, any number of processes. */
export function openSqlite({ file }: SqliteOptions): Database {
  mkdirSync(dirname(file), { recursive: true });
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
  const hotConnection = new Sqlite(file);
  prepareConnection(hotConnection);
  const lease = openLease(`${file}.leases`);
  return {
    client: 'sqlite',
    knex,
    hot: hotStatements(hotConnection),
    lease,
    // The one connection that writes makes them wait for each other.
    transaction: (work) => again(() => knex.transaction(work)),
    patiently: (work) => work(knex),
    async close() {
      await knex.destroy();
      hotConnection.close();
      lease.release();
    },
  };
}

function prepareConnection(connection: Sqlite.Database): void {
  connection.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  connection.pragma('journal_mode = WAL');
  // A grant, a key and a revocation are on disk before they are answered, power loss included.
  connection.pragma('synchronous = FULL');
  connection.pragma('foreign_keys = ON');
  // What is deleted (the sealed secret of a revoked key) is overwritten in the file.
  connection.pragma('secure_delete = ON');
}
