import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { approve, ask, grant, openConsent } from '../support/scenes/grant-scene';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { testOnSqlite } from '../support/store/on-engine';
import { onPostgres } from '../support/store/test-database';
import { PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let app: HttpsReceiver;
beforeAll(async () => {
  [store, app] = await Promise.all([startTestStore({ env: { LOG_LEVEL: 'trace' } }), startHttpsReceiver()]);
});
afterAll(() => Promise.all([store.close(), app.stop()]));

/**
 * Returns every byte of the database and beside it: the file, its WAL, the leases. For PostgreSQL,
 * all rows.
 */
async function bytesOf({ database, folder }: TestStore): Promise<Buffer> {
  if (onPostgres) {
    const { rows } = await database.knex.raw<{ rows: { table: string }[] }>(
      'select table_name as table from information_schema.tables where table_schema = current_schema()',
    );
    const tables = await Promise.all(rows.map(({ table }) => database.knex(table)));
    return Buffer.from(JSON.stringify(tables));
  }
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return Buffer.concat(files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file)));
}

test('a stolen database file with its WAL has no usable credential, even while a callback is in flight', async () => {
  const manager = await store.signInByForm();
  let inFlight: Buffer = Buffer.alloc(0);
  app.program({ before: async () => void (inFlight = await bytesOf(store)) });
  const consent = await openConsent(manager, ask({ callback_url: app.url() }));
  await approve(manager, consent);
  app.program({ status: 500 });
  await grant(manager, ask({ callback_url: app.url() }));
  const stranger = store.browser();
  const { fields } = (await stranger.get('/login')).form('wc_auth_csrf');

  const pairs = app.received().map(({ body }) => JSON.parse(body) as Record<string, string>);
  const secrets = [
    ...pairs.flatMap((pair) => [pair['consumer_key'], pair['consumer_secret']]),
    ...manager.cookies.values(),
    ...stranger.cookies.values(),
    fields['wc_auth_csrf'],
    consent.nonce,
    PASSWORD,
    String(store.config.secretKey),
  ];
  expect(secrets).toHaveLength(11);
  const stored = await bytesOf(store);
  for (const secret of secrets) {
    expect(String(secret).length).toBeGreaterThan(10);
    // Also without the prefix, in case it is stored separately.
    const bare = String(secret).replace(/^c[ks]_/, '');
    const spellings = [Buffer.from(bare), ...(/^[0-9a-f]{40}$/.test(bare) ? [Buffer.from(bare, 'hex')] : [])];
    for (const spelling of spellings)
      expect([stored, inFlight].map((bytes) => bytes.includes(spelling))).toEqual([false, false]);
  }
  // Shows that the check works: it finds values that are not secret.
  expect(stored.includes('Parcel Pilot - API')).toBe(true);
  expect(inFlight.includes('Parcel Pilot - API')).toBe(true);
});

test('the log has no usable credential', async () => {
  const manager = await store.signInByForm();
  app.program({ status: 200 });
  const consent = await openConsent(manager, ask({ callback_url: app.url('/logged') }));
  await approve(manager, consent);
  await manager.get(`/wc-auth/v1/authorize?password=${encodeURIComponent(PASSWORD)}`);
  const { consumer_key: key, consumer_secret: secret } = JSON.parse(
    app.received('/logged')[0]!.body,
  ) as Record<string, string>;
  const lines = JSON.stringify(store.logs);
  expect(store.logs.length).toBeGreaterThan(3);
  for (const each of [key, secret, ...manager.cookies.values(), consent.nonce, PASSWORD, 'app_name='])
    expect(lines).not.toContain(each);
});

test('passwords are stored with argon2id of at least 19 MiB and two passes, and sessions are hashed', async () => {
  await store.signInByForm();
  const { knex } = store.database;
  const user = (await knex('users').first()) as { password_hash: string };
  expect(user.password_hash).toMatch(/^\$argon2id\$v=19\$/);
  expect(Number(/\bm=(\d+)/.exec(user.password_hash)?.[1])).toBeGreaterThanOrEqual(19 * 1024);
  expect(Number(/\bt=(\d+)/.exec(user.password_hash)?.[1])).toBeGreaterThanOrEqual(2);
  const session = (await knex('sessions').first()) as { session_hash: string };
  expect(session.session_hash).toMatch(/^[0-9a-f]{64}$/);
});

testOnSqlite('the sealed secret of a revoked key is not in the file after a checkpoint', async () => {
  const { userId } = await store.userOf();
  const made = { userId, description: 'short-lived', permissions: 'read', now: Date.now() } as const;
  const { keyId } = await store.app.consumerKeys.issue(made);
  const { knex } = store.database;
  const row = (await knex('consumer_keys').where({ key_id: keyId }).first()) as { consumer_secret: string };
  await store.app.consumerKeys.remove(keyId);
  await knex.raw('PRAGMA wal_checkpoint(TRUNCATE)');
  expect(readFileSync(store.file).includes(row.consumer_secret)).toBe(false);
});

testOnSqlite('a decision is on disk before its answer: WAL with synchronous=FULL', async () => {
  const [journal] = (await store.database.knex.raw('PRAGMA journal_mode')) as [{ journal_mode: string }];
  const [synchronous] = (await store.database.knex.raw('PRAGMA synchronous')) as [{ synchronous: number }];
  expect([journal.journal_mode, synchronous.synchronous]).toEqual(['wal', 2]);
});
