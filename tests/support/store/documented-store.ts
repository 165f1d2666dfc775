import { openStore } from '../../../server/open-store';
import { createServices } from '../../../server/services';
import { startHttpsReceiver, type HttpsReceiver } from '../http/https-receiver';
import type { ReceivedHead } from '../http/exchanges';
import { insertKnownKey } from '../scenes/known-key';
import { startUpstream } from '../scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from './test-store';

/** The time of the examples in docs/, at which their signatures are valid. */
export const DOCUMENTED_NOW = Date.UTC(2026, 10, 27, 9, 5, 7);

/** The store of the examples in docs/: `https://shop.example`, with the keys that they name. */
export interface DocumentedStore {
  readonly store: TestStore;
  /** The receiver of the examples' callbacks. */
  readonly app: HttpsReceiver;
  /** The requests that reached the API behind the gateway. */
  readonly passed: readonly ReceivedHead[];
  /** Restores the keys that were revoked, and forgets nonces and failures. */
  restore(): Promise<void>;
  close(): Promise<void>;
}

/** Key `n` is `ck_nnn…` with the secret `cs_nnn…` and the id `n`. */
const KEYS = [
  { permissions: 'read_write', appName: 'Parcel Pilot' },
  { permissions: 'read', appName: 'Parcel Pilot' },
  { permissions: 'write', appName: 'Parcel Pilot' },
  { permissions: 'read_write', appName: 'Ledgerly' },
  { permissions: 'read_write', appName: 'Ledgerly' },
] as const;

const ROUTES = { '/wc/v3/products': { namespace: 'wc/v3', methods: ['GET', 'POST'], endpoints: [] } };

/** Starts the store with an API behind the gateway. */
export async function documentedStore(env: Readonly<Record<string, string>> = {}): Promise<DocumentedStore> {
  const passed: ReceivedHead[] = [];
  const [app, upstream] = await Promise.all([
    startHttpsReceiver(),
    // An API that answers as apps expect.
    startUpstream(({ method = '', url: path = '', headers }, response) => {
      if (path === '/wp-json/') {
        response.end(JSON.stringify({ namespaces: ['wc/v3'], routes: ROUTES }));
        return;
      }
      passed.push({ method, path, headers, body: '' });
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'X-WP-Total': '1',
        'X-WP-TotalPages': '1',
      });
      response.end('[{"id":1,"name":"Tea"}]');
    }),
  ]);
  const store = await startTestStore({
    tls: true,
    clock: fakeClock(DOCUMENTED_NOW),
    env: {
      STORE_URL: 'https://shop.example',
      STORE_NAME: 'Tea & Kettle',
      UPSTREAM_URL: upstream.url,
      TRUST_PROXY: 'loopback',
      ...env,
    },
  });
  await insertKeys(store, new URL(app.url()).origin);
  const { knex } = store.database;
  const keys = await knex('consumer_keys').select();
  const uses = await knex('key_uses').select();
  return {
    store,
    app,
    passed,
    async restore() {
      for (const table of ['consumer_keys', 'oauth_nonces', 'throttle_counts']) await knex(table).delete();
      await knex('consumer_keys').insert(keys);
      await knex('key_uses').insert(uses).onConflict('key_id').ignore();
    },
    async close() {
      await store.app.close();
      await store.close();
      await app.stop();
      await upstream.close();
    },
  };
}

async function insertKeys(store: TestStore, callbackOrigin: string): Promise<void> {
  const opened = await openStore(store.config);
  const services = createServices({ ...opened, sessionLimits: store.config.session });
  const { userId } = await store.userOf();
  for (const [index, { permissions, appName }] of KEYS.entries())
    await insertKnownKey(
      { ...opened, ...services },
      {
        userId,
        permissions,
        description: `${appName} - API (2026-11-26 08:05:07)`,
        createdAt: DOCUMENTED_NOW - 90_000_000,
        app: { appName, callbackOrigin, appUserId: '42' },
        consumerKey: `ck_${String(index + 1).repeat(40)}`,
        consumerSecret: `cs_${String(index + 1).repeat(40)}`,
      },
    );
  await opened.database.close();
}
