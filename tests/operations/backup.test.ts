import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader } from '../support/scenes/rest-scene';
import type { ServerProcess } from '../support/store/server-process';

// Servers and commands run in their own processes.
jest.setTimeout(60_000);

let store: ProcessStore;
let copy: string;
beforeEach(async () => {
  store = await processStore();
  copy = join(store.folder, 'copy.sqlite');
});
afterEach(() => store.clear());

const verified = async (server: ServerProcess, key: IssuedKey): Promise<number> => {
  const headers = [basicHeader(key), ['X-Forwarded-Proto', 'https']] as const;
  return (await exchange(server.url, requestBytes('GET', '/wc-auth/v1/verify', headers))).status;
};
const revoke = ({ keyId }: IssuedKey) =>
  store.on(async ({ consumerKeys, revocation }) => {
    const key = await consumerKeys.find(keyId);
    await revocation.revoke([key!], { how: 'command line' });
  });

test('a backup of a running server restores to a store that accepts its keys and rejects revoked ones', async () => {
  const server = await store.serve();
  const old = await store.issue('old');
  const gone = await store.issue('gone');
  await revoke(gone);

  const made: IssuedKey[] = [];
  let done = false;
  const writing = store.on(async ({ consumerKeys }) => {
    const now = Date.now();
    while (!done) {
      const request = { userId: 1, description: 'during', permissions: 'read' as const, now };
      made.push(await consumerKeys.issue(request));
      await new Promise(setImmediate);
    }
  });
  const { code, stdout, stderr } = await store.command(['backup', copy, '--json']);
  done = true;
  await writing;
  // Makes one more key, however fast the backup was.
  made.push(await store.issue());
  expect([code, stderr]).toEqual([0, '']);
  const answer = JSON.parse(stdout) as { file: string; bytes: number; keys: number };
  expect(answer).toEqual({
    file: copy,
    bytes: statSync(copy).size,
    keys: expect.any(Number),
    secret_key_file: null,
  });
  expect(statSync(copy).mode & 0o777).toBe(0o600);
  expect(readdirSync(store.folder).filter((name) => name.startsWith('copy'))).toEqual(['copy.sqlite']);
  // The backup has the state of one moment: the keys made before it, without a gap, and none made
  // after it.
  const during = answer.keys - 1;
  expect(during).toBeLessThan(made.length);
  expect(await verified(server, old)).toBe(200);

  const restored = await processStore();
  for (const suffix of ['', '-wal', '-shm'])
    if (existsSync(restored.file + suffix)) writeFileSync(restored.file + suffix, '');
  copyFileSync(copy, restored.file);
  const restarted = await restored.serve();
  expect([await verified(restarted, old), await verified(restarted, gone)]).toEqual([200, 401]);
  const ends = during === 0 ? [] : [made[0]!, made[during - 1]!];
  for (const key of ends) expect(await verified(restarted, key)).toBe(200);
  expect(await verified(restarted, made[during]!)).toBe(401);
  await restored.clear();
});

test('wc-auth backup replaces an existing file only when told to', async () => {
  writeFileSync(copy, 'something else');
  const rejected = await store.command(['backup', copy]);
  expect([rejected.code, rejected.stderr]).toEqual([
    1,
    `${copy} exists already. To replace it, add --force.\n`,
  ]);
  expect(readFileSync(copy, 'utf8')).toBe('something else');
  const { code, stdout } = await store.command(['backup', copy, '--force']);
  expect(code).toBe(0);
  expect(stdout).toContain('The copy does not contain the secret key');
  expect(statSync(copy).mode & 0o777).toBe(0o600);
});

test('wc-auth backup never replaces the database itself, by whatever path', async () => {
  await store.issue();
  const other = join(store.folder, 'other-name');
  symlinkSync(store.file, other);
  for (const name of [store.file, other]) {
    const { code, stderr } = await store.command(['backup', name, '--force']);
    expect([code, stderr]).toEqual([1, `${name} is the database itself. Name another file.\n`]);
  }
  expect(await store.on(({ consumerKeys }) => consumerKeys.list())).toHaveLength(1);
});

test('wc-auth backup makes no copy of a damaged database, and leaves no file', async () => {
  await store.issue();
  const connection = new Sqlite(store.file);
  connection.pragma('foreign_keys = off');
  connection.exec('delete from users');
  connection.close();
  const { code, stderr } = await store.command(['backup', copy]);
  expect([code, stderr]).toEqual([1, expect.stringContaining('rows that refer to missing rows')]);
  expect(readdirSync(store.folder).filter((name) => name.startsWith('copy'))).toEqual([]);
});

test('wc-auth backup copies an older schema unchanged, before any migration', async () => {
  const connection = new Sqlite(store.file);
  connection.exec(
    "delete from schema_migrations; insert into schema_migrations (name) values ('9999-newer')",
  );
  connection.close();
  expect((await store.command(['backup', copy])).code).toBe(0);
  const opened = new Sqlite(copy, { readonly: true });
  expect(opened.prepare('select name from schema_migrations').pluck().all()).toEqual(['9999-newer']);
  opened.close();
});

test('wc-auth backup names the key file to keep as well, when SECRET_KEY is unset', async () => {
  await store.clear();
  store = await processStore({ SECRET_KEY: '' });
  copy = join(store.folder, 'copy.sqlite');
  const { stdout } = await store.command(['backup', copy]);
  expect(stdout).toContain(`${store.file}.secret-key`);
  expect(JSON.parse((await store.command(['backup', copy, '--force', '--json'])).stdout)).toMatchObject({
    secret_key_file: `${store.file}.secret-key`,
  });
});

test.each([
  ['/does/not/exist/copy', 'The folder /does/not/exist does not exist.'],
  ['/proc/copy', '/proc/copy'],
])('wc-auth backup reports that %s cannot be written', async (file, message) => {
  const { code, stderr, stdout } = await store.command(['backup', file]);
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toContain(message);
});

describe('a backup with SECRET_KEY_FILE', () => {
  let keyFile: string;
  let env: Record<string, string>;
  beforeEach(async () => {
    await store.clear();
    store = await processStore({ SECRET_KEY: '' });
    copy = join(store.folder, 'copy.sqlite');
    keyFile = join(store.folder, 'the-key');
    copyFileSync(`${store.file}.secret-key`, keyFile);
    env = { SECRET_KEY_FILE: keyFile };
  });

  // Regression: the message named SECRET_KEY, which was unset.
  test('names that file to keep as well', async () => {
    expect((await store.command(['backup', copy], env)).stdout).toContain(`Also back up ${keyFile}`);
    const { stdout } = await store.command(['backup', copy, '--force', '--json'], env);
    expect(JSON.parse(stdout)).toMatchObject({ secret_key_file: keyFile });
  });

  // Regression: only the key file beside the database was protected from being replaced.
  test('never replaces that file, by whatever path', async () => {
    const held = readFileSync(keyFile, 'utf8');
    const other = join(store.folder, 'other-name');
    symlinkSync(keyFile, other);
    for (const name of [keyFile, other, `${store.file}.secret-key`]) {
      const { code, stderr } = await store.command(['backup', name, '--force'], env);
      expect([code, stderr]).toEqual([1, `${name} contains the secret key. Name another file.\n`]);
    }
    expect(readFileSync(keyFile, 'utf8')).toBe(held);
  });
});
