import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Client } from 'pg';
import { MOVED_TABLES } from '../../../server/storage/move/moved-tables';
import { openDatabase } from '../../../server/storage/drivers';
import { migrate } from '../../../server/storage/migrate';
import { processStore, type ProcessStore } from '../store/process-store';
import { ended, environment, run, type Ended } from '../store/server-process';
import { databaseUrl, dropDatabase, makeDatabase } from '../store/test-database';

export interface MoveScene {
  /** A store on SQLite, whatever database the other tests use, with a manager. */
  readonly store: ProcessStore;
  /** An empty PostgreSQL database. */
  readonly target: string;
  /** How messages name it. */
  readonly targetName: string;
  move(...args: string[]): Promise<Ended>;
  /** Starts a move and kills it as soon as `isTime` is true for its output so far, or resolves. */
  moveKilled(isTime: ((said: string) => boolean) | Promise<unknown>): Promise<Ended>;
  /** Runs statements on the target as another client. */
  onTarget<Row>(...statements: string[]): Promise<Row[]>;
  /** Runs `work` while a table of the target is locked, so that a move waits there. */
  whileLocked(table: string, work: () => Promise<void>): Promise<void>;
  /** The tables that a move should find empty. */
  makeTables(): Promise<void>;
  /** Returns every row of every table that moves, of both sides. */
  both(): Promise<{ source: Rows; target: Rows }>;
  clear(): Promise<void>;
}
type Row = Record<string, unknown>;
type Rows = Record<string, Row[]>;

/**
 * Converts a value for comparison: PostgreSQL returns 64-bit numbers as text and stores no
 * character 0.
 */
const comparable = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      const text = typeof value === 'number' ? String(value) : value;
      return [column, typeof text === 'string' ? text.replaceAll('\0', '\ufffd') : text];
    }),
  );

export async function moveScene(base: Readonly<Record<string, string>> = {}): Promise<MoveScene> {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-move-'));
  await makeDatabase(folder);
  const target = databaseUrl(folder);
  const { pathname, host } = new URL(target);
  const store = await processStore(base, () => undefined);
  const start = (args: readonly string[]) =>
    run('cli/main.ts', ['move', '--to', target, ...args], store.folder, environment(store.folder, base));

  async function onTarget<Row>(...statements: string[]): Promise<Row[]> {
    const client = new Client(target);
    await client.connect();
    try {
      let rows: unknown[] = [];
      for (const statement of statements) ({ rows } = await client.query(statement));
      return rows as Row[];
    } finally {
      await client.end();
    }
  }

  return {
    store,
    target,
    targetName: `${pathname.slice(1)} at ${host}`,
    onTarget,
    move: (...args) => ended(start(args)),
    async moveKilled(isTime) {
      const child = start([]);
      let said = '';
      if (typeof isTime === 'function')
        child.stderr.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (isTime(said)) child.kill('SIGKILL');
        });
      else void isTime.then(() => child.kill('SIGKILL'));
      return ended(child);
    },
    async whileLocked(table, work) {
      const client = new Client(target);
      await client.connect();
      try {
        await client.query('begin');
        await client.query(`lock table ${table} in access exclusive mode`);
        await work();
      } finally {
        await client.end();
      }
    },
    async makeTables() {
      const database = openDatabase({ client: 'postgres', url: target, connections: 4 });
      await migrate(database);
      await database.close();
    },
    async both() {
      const connection = new Sqlite(store.file, { readonly: true });
      const rows: { source: Rows; target: Rows } = { source: {}, target: {} };
      for (const { name, key } of MOVED_TABLES) {
        const all = `select * from ${name} order by ${key.join(', ')}`;
        rows.source[name] = (connection.prepare(all).all() as Row[]).map(comparable);
        rows.target[name] = (await onTarget<Row>(all)).map(comparable);
      }
      connection.close();
      return rows;
    },
    async clear() {
      await store.clear();
      await dropDatabase(folder);
      rmSync(folder, { recursive: true });
    },
  };
}
