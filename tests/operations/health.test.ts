import { holdWrites } from '../support/store/broken-database';
import { exchange } from '../support/http/raw-http';
import { startTestStore, type TestStore, type TestStoreOptions } from '../support/store/test-store';

const HOST = 'Host: probe\r\nConnection: close';
const ask = (store: TestStore, path: string, method = 'GET') =>
  exchange(new URL(store.url).origin, `${method} ${path} HTTP/1.1\r\n${HOST}\r\n\r\n`);

let open: TestStore | undefined;
async function start(options: TestStoreOptions = {}): Promise<TestStore> {
  return (open = await startTestStore(options));
}
afterEach(async () => {
  await open?.close();
  open = undefined;
});

test('a running server reports that it is alive and ready, uncached', async () => {
  const store = await start();
  for (const path of ['/healthz', '/readyz', '/healthz?from=probe']) {
    const answer = await ask(store, path);
    expect([path, answer.status, answer.json()]).toEqual([path, 200, { status: 'ok' }]);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=UTF-8',
    });
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect((await ask(store, path, 'HEAD')).status).toBe(200);
    expect((await ask(store, path, 'POST')).status).toBe(405);
  }
  expect(store.logs.filter(({ msg }) => msg === 'request')).toEqual([]);
});

test('a store behind https and under a path answers health checks over plain HTTP at the root', async () => {
  const store = await start({ env: { STORE_URL: 'https://shop.test/store' } });
  expect((await ask(store, '/healthz')).status).toBe(200);
  expect((await ask(store, '/readyz')).status).toBe(200);
  // Everything else redirects to TLS.
  expect((await ask(store, '/login')).status).not.toBe(200);
});

test.each(['/healthz/', '/readyzz', '/store/healthz', '/HEALTHZ'])(
  '%s is not a health check',
  async (path) => {
    expect((await ask(await start(), path)).status).toBe(404);
  },
);

describe('a server that is alive but not ready', () => {
  const reasons: readonly [string, (store: TestStore) => unknown][] = [
    ['schema', ({ database }) => database.knex('schema_migrations').delete()],
    ['secret_key', ({ database }) => database.knex('secret_keys').update({ proof: '0'.repeat(64) })],
    ['database', ({ database }) => database.knex.raw('drop table schema_migrations')],
    ['stopping', ({ app }) => app.stopping()],
  ];
  test.each(reasons)('says why: %s', async (reason, change) => {
    const store = await start();
    await change(store);
    const answer = await ask(store, '/readyz');
    expect([answer.status, answer.json()]).toEqual([503, { status: 'unavailable', reason }]);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect((await ask(store, '/healthz')).status).toBe(200);
  });

  test('does not include one with a write that takes long', async () => {
    const store = await start();
    const release = await holdWrites(store.config.database, 'oauth_nonces');
    expect((await ask(store, '/readyz')).status).toBe(200);
    await release();
  });

  test('does not include one whose schema has a step of a newer version, which runs beside it', async () => {
    const store = await start();
    await store.database.knex('schema_migrations').insert({ name: '9999-newer' });
    expect((await ask(store, '/readyz')).status).toBe(200);
  });
});
