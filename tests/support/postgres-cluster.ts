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

/** The folder of `initdb`, `postgres` and `pg_basebackup`: the one of `pg_config`, else one of PATH; `undefined`: none. */
const programs = findPrograms();

/** For tests that start a PostgreSQL of their own, in order to stop it. */
export const describeWithCluster = onPostgres && programs !== undefined ? describe : describe.skip;
if (onPostgres && programs === undefined)
  console.warn("PostgreSQL's programs (initdb, postgres, pg_basebackup) are not here: left out.");

/** A PostgreSQL that listens at a socket in its folder alone, so that it takes no port; a proxy gives it one. */
export interface PostgresCluster {
  readonly folder: string;
  /** What `net.connect` takes. */
  readonly target: { readonly path: string };
  /** DATABASE_URL but for its host, which is a proxy's. */
  url(database?: string, user?: string): string;
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  start(): Promise<void>;
  /** `fast` ends all sessions and writes everything down, `immediate` is a crash. */
  stop(how: 'fast' | 'immediate'): Promise<void>;
  /** A running standby with all that this one has, to which it streams; it answers to `name`. */
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

/** A new cluster, started; `settings` are lines of postgresql.conf, `access` lines of pg_hba.conf before the rest. */
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

/** PostgreSQL does not run as root; then it is run as `nobody`. */
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
