import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENDPOINTS, openEndpoint, verdict, type Ask } from '../support/http/endpoints';
import { importScene, type ImportScene } from '../support/import/import-scene';
import { basicHeader, enc, NOW, signedTarget } from '../support/scenes/rest-scene';
import { SECRET_KEY } from '../support/store/server-process';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

const DUMPS = join(__dirname, 'dumps');
const PATH = '/wp-json/wc/v3/products';

interface KnownKey {
  readonly key_id: number;
  readonly consumer_key: string;
  readonly consumer_secret: string;
  readonly permissions: string;
  readonly owner: string;
  readonly owner_exists: boolean;
  readonly owner_manage_woocommerce: boolean | null;
  readonly stored: { readonly last_access: string | null; readonly description: string | null };
}
const { keys } = (
  JSON.parse(readFileSync(join(DUMPS, 'credentials.json'), 'utf8')) as {
    sites: { shop: { keys: readonly KnownKey[] } };
  }
).sites.shop;

const isWord = ({ permissions }: KnownKey) => ['read', 'write', 'read_write'].includes(permissions);
/** The role of a plugin is not known here. */
const hasCustomRole = ({ owner }: KnownKey) => owner === 'custom.cora';
const works = (key: KnownKey) =>
  isWord(key) && key.owner_exists && key.owner_manage_woocommerce === true && !hasCustomRole(key);

let scene: ImportScene;
beforeEach(async () => {
  scene = await importScene();
});
afterEach(() => scene.clear());

/** Every file has the same store. One lost some letters, but no key. */
const FILES = [
  'shop-three-tables.sql',
  'shop-three-tables.complete-insert.sql',
  'shop-three-tables.phpmyadmin-quick.sql',
  'shop-three-tables.phpmyadmin.json',
  'shop-three-tables.latin1-client.sql',
];

function pairOf({ consumer_key: consumerKey, consumer_secret: consumerSecret }: KnownKey) {
  return { consumerKey, consumerSecret };
}
const basic = (key: KnownKey, method: string): Ask => ({ method, headers: [basicHeader(pairOf(key))] });
const inQuery = (key: KnownKey, method: string): Ask => ({
  method,
  target: `${PATH}?consumer_key=${enc(key.consumer_key)}&consumer_secret=${enc(key.consumer_secret)}`,
});
const signed = (key: KnownKey, method: string): Ask => ({
  method,
  target: signedTarget(pairOf(key), { method: method }),
  secure: false,
});

describe.each(FILES)('the dump %s', (file) => {
  test('brings every key over that works in WooCommerce, with its permissions, for each form of a credential', async () => {
    const report = await scene.import(join(DUMPS, file), '--time-zone', 'Europe/Berlin');
    expect(report.keys).toMatchObject({ found: 27, imported: 17, without_access: 1, not_imported: 10 });
    const store = await startTestStore({
      folder: scene.store.folder,
      clock: fakeClock(NOW * 1000),
      env: { TRUST_PROXY: 'loopback', STORE_URL: 'http://store.test', SECRET_KEY },
    });
    try {
      for (const name of ENDPOINTS) await checkAll(store, name);
    } finally {
      await store.app.close();
      await store.close();
    }
  });
});

async function checkAll(store: TestStore, name: (typeof ENDPOINTS)[number]): Promise<void> {
  const endpoint = await openEndpoint(name, store);
  const answers: unknown[] = [];
  const expected: unknown[] = [];
  for (const key of keys)
    for (const [form, by] of Object.entries({ basic, inQuery, signed }))
      for (const method of ['GET', 'POST']) {
        const which = [key.key_id, form, method];
        answers.push([...which, verdict(await endpoint.send(by(key, method))) === 'accepted']);
        const needed = method === 'GET' ? 'read' : 'write';
        expected.push([...which, works(key) && key.permissions.includes(needed)]);
      }
  await endpoint.close();
  expect(answers).toEqual(expected);
}
