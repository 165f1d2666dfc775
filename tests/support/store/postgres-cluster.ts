import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { onPostgres } from './test-database';

/**
 * The folder of `initdb`, `postgres` and `pg_basebackup`: that of `pg_config`, or one of PATH.
 * `undefined` without one.
 */
const programs = findPrograms();

/** For tests that start their own PostgreSQL in order to stop it. */
export const describeWithCluster = onPostgres && programs !== undefined ? describe : describe.skip;
if (onPostgres && programs === undefined)
  console.warn(
    "PostgreSQL's programs (initdb, postgres, pg_basebackup) are missing, so these tests are skipped.",
  );

/**
 * A PostgreSQL that listens only at a socket in its folder, so that it needs no port. A proxy gives
 * it one.
 */
export interface PostgresCluster {
  readonly folder: string;
  /** The options of `net.connect`. */
  readonly target: { readonly path: string };
  /** DATABASE_URL without its host, which is a proxy's. */
  url(database?: string, user?: string): string;
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  start(): Promise<void>;
  /** Stops it: `fast` ends all sessions and saves everything, `immediate` is a crash. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
  /** Starts a standby with all data of this server, which streams to it. It answers to `name`. */
  standby(name: string): Promise<PostgresCluster>;
  /** Stops it and removes its folder. */
  remove(): Promise<void>;
}

const SETTINGS = `
listen_addresses = ''
max_connections = 60
shared_buffers = 16MB
fsync = off
wal_level = replica
max_wal_senders = 4
hot_standby = on
log_min_messages = log
`;

/**
 * Starts a new cluster. `settings` are lines of postgresql.conf, `access` lines of pg_hba.conf
 * before the others.
 */
export async function postgresCluster({ settings = '', access = '' } = {}): Promise<PostgresCluster> {
  const folder = emptyFolder();
  const data = join(folder, 'data');
  await done('initdb', ['-D', data, '-U', 'postgres', '-E', 'UTF8', '-A', 'trust', '--no-sync']);
  appendFileSync(
    join(data, 'postgresql.conf'),
    `${SETTINGS}unix_socket_directories = '${folder}'\n${settings}`,
  );
  writeFileSync(join(data, 'pg_hba.conf'), `${access}local all all trust\nlocal replication all trust\n`);
  return started(folder);
}

async function started(folder: string): Promise<PostgresCluster> {
  let process: ChildProcess | undefined;
  const cluster: PostgresCluster = {
    folder,
    target: { path: join(folder, '.s.PGSQL.5432') },
    url: (database = 'postgres', user = 'postgres') => `postgres://${user}@localhost/${database}`,
    async query(sql, database = 'postgres') {
      const client = new Client({ host: folder, user: 'postgres', database });
      client.on('error', () => undefined);
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    },
    async start() {
      process = asUnprivileged('postgres', ['-D', join(folder, 'data')]);
      await says(process, /database system is ready to accept/);
    },
    async stop(how) {
      if (process?.exitCode !== null || process.signalCode !== null) return;
      const ended = once(process, 'exit');
      process.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
      await ended;
    },
    async standby(name) {
      const copy = emptyFolder();
      const data = join(copy, 'data');
      await done('pg_basebackup', ['-h', folder, '-U', 'postgres', '-D', data, '-X', 'stream', '-c', 'fast']);
      appendFileSync(
        join(data, 'postgresql.conf'),
        `unix_socket_directories = '${copy}'\n` +
          `primary_conninfo = 'host=${folder} user=postgres application_name=${name}'\n`,
      );
      writeFileSync(join(data, 'standby.signal'), '');
      return started(copy);
    },
    async remove() {
      await cluster.stop('immediate');
      rmSync(folder, { recursive: true });
    },
  };
  try {
    await cluster.start();
  } catch (error) {
    await cluster.remove();
    throw error;
  }
  return cluster;
}

/** PostgreSQL does not run as root, so the tests of root run it as an account without rights. */
function account(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (option: string) => Number(spawnSync('id', [option, 'nobody'], { encoding: 'utf8' }).stdout);
  return { uid: id('-u'), gid: id('-g') };
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-pg-'));
  const { uid, gid } = account();
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  chmodSync(folder, 0o755);
  return folder;
}

function asUnprivileged(program: string, args: readonly string[]): ChildProcess {
  return spawn(join(programs ?? '', program), args, { ...account(), cwd: tmpdir(), stdio: 'pipe' });
}

async function done(program: string, args: readonly string[]): Promise<void> {
  const child = asUnprivileged(program, args);
  let said = '';
  for (const output of [child.stdout, child.stderr])
    output?.on('data', (chunk: Buffer) => (said += String(chunk)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} failed: ${said}`);
}

async function says(child: ChildProcess, what: RegExp): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      if (what.test((said += String(chunk)))) resolve();
    });
    child.once('exit', () => {
      reject(new Error(`PostgreSQL did not start: ${said}`));
    });
  });
}

function findPrograms(): string | undefined {
  const { stdout } = spawnSync('pg_config', ['--bindir'], { encoding: 'utf8' });
  const folders = [...(stdout ? [stdout.trim()] : []), ...(process.env['PATH'] ?? '').split(delimiter)];
  return folders.find((folder) =>
    ['initdb', 'postgres', 'pg_basebackup'].every((program) => existsSync(join(folder, program))),
  );
}
