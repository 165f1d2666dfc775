import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { exchange, requestBytes } from '../support/http/raw-http';
import { basicHeader } from '../support/scenes/rest-scene';
import { ended, environment, run, serverThatEnds, type ServerProcess } from '../support/store/server-process';

// Servers and commands run in their own processes.
jest.setTimeout(90_000);

const [A, B] = ['a'.repeat(40), 'b'.repeat(40)];
let store: ProcessStore;
afterEach(() => store.clear());

async function verified(server: ServerProcess, key: IssuedKey): Promise<number> {
  const headers = [basicHeader(key), ['X-Forwarded-Proto', 'https']] as const;
  return (await exchange(server.url, requestBytes('GET', '/wc-auth/v1/verify', headers))).status;
}

const issueMany = (count: number): Promise<IssuedKey[]> =>
  store.on(({ database, consumerKeys }) =>
    database.knex.transaction(async (within) => {
      const keys: IssuedKey[] = [];
      const request = { userId: 1, description: 'many', permissions: 'read' as const, now: 0 };
      while (keys.length < count) keys.push(await consumerKeys.issue(request, within));
      return keys;
    }),
  );

/**
 * Sends requests with one key after the other until told to stop. Returns the answers other than
 * 200.
 */
function keepVerifying(server: ServerProcess, keys: readonly IssuedKey[]) {
  const until = new AbortController();
  const rejections: unknown[] = [];
  const work = (async () => {
    for (let round = 0; !until.signal.aborted; round += 1) {
      const key = keys[(round * 7) % keys.length]!;
      const status = await verified(server, key);
      if (status !== 200) rejections.push([round, key.keyId, status]);
    }
  })();
  return {
    async end(): Promise<unknown[]> {
      until.abort();
      await work;
      return rejections;
    },
  };
}

/** Returns how many secrets are sealed with each key. */
const sealedWith = (): Promise<Record<string, number>> =>
  store.on(async ({ database }) => {
    const rows = await database.knex('consumer_keys').groupBy('sealed_with').select('sealed_with').count();
    return Object.fromEntries(rows.map((row) => Object.values(row) as [string, number]));
  });

describe('a change of the secret key in a key file', () => {
  let keyFile: string;
  const linesOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n');
  beforeEach(async () => {
    store = await processStore({ SECRET_KEY: '' });
    keyFile = `${store.file}.secret-key`;
  });

  test('keeps every key working on a running server, and seals every secret anew', async () => {
    const keys = await issueMany(600);
    const [old] = linesOf(keyFile);
    const [before] = Object.keys(await sealedWith());
    const server = await store.serve();
    const verifying = keepVerifying(server, keys);
    const made: IssuedKey[] = [];
    const rotation = { ended: false };
    const rotating = store.command(['secret', 'rotate', '--json']).finally(() => (rotation.ended = true));
    while (!rotation.ended) {
      made.push(await store.issue());
      // Without a pause it would hold the write lock nearly all the time.
      await pause(50);
    }
    const { code, stdout, stderr } = await rotating;
    expect([code, stderr]).toEqual([0, '']);
    const answer = JSON.parse(stdout) as { secret_key_id: string; resealed: number; old_keys_file: string };
    expect(answer.resealed).toBeGreaterThanOrEqual(600);
    expect(await verifying.end()).toEqual([]);
    expect(await sealedWith()).toEqual({ [answer.secret_key_id]: 600 + made.length });
    expect(answer.secret_key_id).not.toBe(before);
    for (const key of [...made, await store.issue(), keys[0]!, keys[599]!])
      expect(await verified(server, key)).toBe(200);

    // The old key is moved aside and kept for older backups.
    expect([linesOf(keyFile).length, linesOf(keyFile).includes(old!)]).toEqual([1, false]);
    expect([linesOf(answer.old_keys_file), statSync(answer.old_keys_file).mode & 0o777]).toEqual([
      [old],
      0o600,
    ]);
    expect(statSync(keyFile).mode & 0o777).toBe(0o600);
    const restarted = await store.serve();
    expect(await verified(restarted, keys[300]!)).toBe(200);
  });

  test('keeps a running server working: it signs in, makes keys with the new secret key, and is ready', async () => {
    const server = await store.serve();
    const manager = await store.signIn(server);
    const page = await manager.get('/keys/new');
    expect((await store.command(['secret', 'rotate'])).code).toBe(0);
    // The form was open during the change.
    const { fields } = page.form('description');
    const answer = await manager.post('/keys/new', {
      ...fields,
      description: 'After',
      permissions: 'read',
      'resources[]': 'orders',
    });
    expect([answer.status, /ck_[0-9a-f]{40}/.test(answer.body)]).toEqual([200, true]);
    expect(Object.values(await sealedWith())).toEqual([1]);
    expect((await exchange(server.url, requestBytes('GET', '/readyz'))).status).toBe(200);
    expect((await store.command(['secret', 'rotate'])).code).toBe(0);
  });

  test('that is killed in the middle rejects no key, and a second run finishes it', async () => {
    const keys = await issueMany(5_000);
    const server = await store.serve();
    const child = run(
      'cli/main.ts',
      ['secret', 'rotate'],
      store.folder,
      environment(store.folder, { SECRET_KEY: '' }),
    );
    const end = ended(child);
    const [old = ''] = Object.keys(await sealedWith());
    while ((await sealedWith())[old] === 5_000) await new Promise(setImmediate);
    child.kill('SIGKILL');
    expect((await end).signal).toBe('SIGKILL');
    expect(Object.keys(await sealedWith())).toHaveLength(2);
    const verifying = keepVerifying(server, keys);
    expect(linesOf(keyFile)).toHaveLength(2);
    const restarted = await store.serve();
    for (const key of [keys[0]!, keys[4_999]!])
      expect([await verified(server, key), await verified(restarted, key)]).toEqual([200, 200]);
    const { code, stdout } = await store.command(['secret', 'rotate', '--json']);
    expect(code).toBe(0);
    expect(await verifying.end()).toEqual([]);
    const { secret_key_id, resealed } = JSON.parse(stdout) as { secret_key_id: string; resealed: number };
    expect(await sealedWith()).toEqual({ [secret_key_id]: 5_000 });
    expect(resealed).toBeLessThan(5_000);
    expect(linesOf(keyFile)).toHaveLength(1);
  });

  test('that is killed before its last step only needs a second run to put the old key aside', async () => {
    await issueMany(3);
    const [old] = linesOf(keyFile);
    await store.command(['secret', 'rotate']);
    const [current] = linesOf(keyFile);
    writeFileSync(keyFile, `${current}\n${old}\n`);
    const { stdout } = await store.command(['secret', 'rotate', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ resealed: 0 });
    expect(linesOf(keyFile)).toEqual([current]);
  });

  test('names a secret that no key opens, and keeps the old key', async () => {
    const [damaged] = await issueMany(3);
    await store.on(({ database }) =>
      database.knex('consumer_keys').where({ key_id: damaged!.keyId }).update({ consumer_secret: 'v1.x' }),
    );
    const { code, stdout } = await store.command(['secret', 'rotate']);
    expect([code, stdout]).toEqual([1, expect.stringContaining(`cannot be decrypted: ${damaged!.keyId}.`)]);
    expect(linesOf(keyFile)).toHaveLength(2);
    await store.command(['keys', 'revoke', String(damaged!.keyId)]);
    expect((await store.command(['secret', 'rotate'])).code).toBe(0);
    expect(linesOf(keyFile)).toHaveLength(1);
  });

  test('leaves no file other than the one it names', async () => {
    await store.command(['secret', 'rotate']);
    const names = readdirSync(store.folder).filter((name) => name.startsWith('store.sqlite.secret-key'));
    expect(names.sort()).toEqual([
      'store.sqlite.secret-key',
      expect.stringMatching(/^store\.sqlite\.secret-key\.before-[0-9a-f]{8}$/),
    ]);
  });
});

describe('a change of the secret key in the environment', () => {
  beforeEach(async () => {
    store = await processStore({ SECRET_KEY: A });
  });
  const both = { SECRET_KEY: B, SECRET_KEY_PREVIOUS: A };

  test('works in the order of both keys for all servers, then the secrets, and rejects no key', async () => {
    const keys = await issueMany(200);
    const first = await store.serve();
    const second = await store.serve(both);
    // A server that only knows the old key opens what the other one makes.
    const [made] = await store.on(async () => issueMany(1));
    expect([await verified(first, made!), await verified(second, made!)]).toEqual([200, 200]);
    first.kill('SIGTERM');
    await first.ended;
    const verifying = keepVerifying(second, keys);
    const { code, stdout } = await store.command(['secret', 'rotate'], both);
    expect([code, stdout]).toEqual([0, expect.stringContaining('You can remove SECRET_KEY_PREVIOUS')]);
    expect(await verifying.end()).toEqual([]);
    const third = await store.serve({ SECRET_KEY: B });
    for (const server of [second, third]) expect(await verified(server, keys[7]!)).toBe(200);
    const { stderr } = await serverThatEnds(store.folder, environment(store.folder, { SECRET_KEY: A }));
    expect(stderr).toContain('SECRET_KEY is not the one that this database was created with');
  });

  test('without a second key says what to do and changes nothing', async () => {
    await issueMany(1);
    const { code, stderr } = await store.command(['secret', 'rotate']);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('SECRET_KEY_PREVIOUS to the old key on all servers, restart them'),
    ]);
    const server = await store.serve();
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  test('stops before any change when a running server does not have the new key', async () => {
    const [key] = await issueMany(1);
    const behind = await store.serve();
    const ahead = await store.serve(both);
    const { code, stderr } = await store.command(['secret', 'rotate'], both);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('1 running server does not have the new key'),
    ]);
    for (const server of [behind, ahead]) expect(await verified(server, key!)).toBe(200);
    behind.kill('SIGKILL');
    await behind.ended;
    expect((await store.command(['secret', 'rotate'], both)).code).toBe(0);
    expect(await verified(ahead, key!)).toBe(200);
  });

  test('accepts a form that was opened before its server changed keys', async () => {
    const first = await store.serve();
    const manager = await store.signIn(first);
    const { fields } = (await manager.get('/keys/new')).form('description');
    first.kill('SIGTERM');
    await first.ended;
    expect((await store.command(['secret', 'rotate'], both)).code).toBe(0);
    const second = await store.serve(both);
    const changed = { ...fields, description: 'After', permissions: 'read', 'resources[]': 'orders' };
    const answer = await manager.post(`${second.url}/keys/new`, changed);
    expect([answer.status, /ck_[0-9a-f]{40}/.test(answer.body)]).toEqual([200, true]);
  });
});

test('reads a key file with several keys, the first one first', async () => {
  store = await processStore({ SECRET_KEY: '', SECRET_KEY_FILE: '' });
  const file = join(store.folder, 'keys');
  const [own] = readFileSync(`${store.file}.secret-key`, 'utf8').trim().split('\n');
  writeFileSync(file, `${B}\n${own}\n`);
  const env = { SECRET_KEY_FILE: file };
  const key = await store.issue();
  const server = await store.serve(env);
  expect(await verified(server, key)).toBe(200);
  expect((await store.command(['secret', 'rotate'], env)).code).toBe(0);
  expect(await verified(server, key)).toBe(200);
  expect(readFileSync(file, 'utf8')).toBe(`${B}\n`);
});
