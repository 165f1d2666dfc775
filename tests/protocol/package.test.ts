import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openWcAuth, type WcAuth } from '../../server/index';
import { httpBrowser } from '../support/http/http-browser';

let folder: string;
let wcAuth: WcAuth;
let server: Server;
let url: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-package-'));
  wcAuth = await openWcAuth({ DATABASE_URL: `sqlite:${join(folder, 'store.sqlite')}`, LOG_LEVEL: 'silent' });
  server = createServer(wcAuth.listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await wcAuth.close();
  rmSync(folder, { recursive: true });
});

test('the listener of the package answers the grant', async () => {
  const answer = await httpBrowser(url).get('/wc-auth/v1/authorize', { accept: 'application/json' });
  expect(answer.status).toBe(401);
  expect(answer.json()).toEqual({
    code: 'wp_die',
    message: 'Error: Missing parameter app_name.',
    data: { status: 401 },
    additional_errors: [],
  });
});

test('the listener of the package protects the REST API', async () => {
  const answer = await httpBrowser(url).get('/wp-json/wc/v3/products');
  expect(answer.status).toBe(401);
  expect(answer.headers['www-authenticate']).toBe('Basic realm="WooCommerce API"');
  expect(answer.json()).toMatchObject({ code: 'woocommerce_rest_cannot_view', data: { status: 401 } });
});
