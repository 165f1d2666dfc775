import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startStore } from '../../emulator';
import { INSTALL_MS, installClients } from '../support/jest/client-packages';

beforeAll(installClients, INSTALL_MS);

test.each([
  ['http', 'OAuth', false],
  ['https', 'Basic', false],
  ['https', 'the query', true],
] as const)(
  'npm’s client uses the API of the test kit over %s with %s',
  async (scheme, _way, queryStringAuth) => {
    const store = await startStore({ scheme });
    const folder = mkdtempSync(join(tmpdir(), 'emulated-store-'));
    try {
      const { consumerKey, consumerSecret } = await store.createKey({ permissions: 'read_write' });
      const ca = join(folder, 'ca.pem');
      writeFileSync(ca, store.ca);
      const options = { url: store.url, consumerKey, consumerSecret, queryStringAuth };
      const { stdout } = await promisify(execFile)(
        process.execPath,
        [join(__dirname, 'emulated-store.mjs')],
        {
          env: {
            PATH: process.env['PATH'],
            STORE: JSON.stringify(options),
            NODE_EXTRA_CA_CERTS: ca,
            NODE_NO_WARNINGS: '1',
          },
        },
      );
      const list = `${store.url}/wp-json/wc/v3/products`;
      const seen: unknown = JSON.parse(stdout);
      expect(seen).toMatchObject({
        list: {
          status: 200,
          data: [{ id: 13 }, { id: 12 }],
          total: '3',
          link: expect.stringMatching(/^<[^>]*[?&]page=2>; rel="next"$/),
        },
        search: { status: 200, data: [{ id: 102 }] },
        created: { status: 201, data: { id: 15, name: 'Zoë’s ☕', price: '4.50' } },
        wrong: { status: 400, data: { code: 'rest_invalid_param' } },
        updated: {
          status: 200,
          data: { price: '4.00', on_sale: true, _links: { self: [{ href: `${list}/15` }] } },
        },
        batch: { status: 200, data: { delete: [{ id: 11 }, { id: 999, error: { data: { status: 404 } } }] } },
        deleted: { status: 200, data: { id: 15 } },
        gone: { status: 404, data: { code: 'woocommerce_rest_product_invalid_id' } },
      });
      expect(stdout).not.toContain(consumerKey);
      expect(stdout).not.toContain(consumerSecret);
    } finally {
      rmSync(folder, { recursive: true });
      await store.close();
    }
  },
);
