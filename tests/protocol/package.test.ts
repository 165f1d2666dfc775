import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { openWcAuth, type WcAuth } from '../../server/index';

let folder: string;
let wcAuth: WcAuth;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-package-'));
  wcAuth = await openWcAuth({ DATABASE_URL: `sqlite:${join(folder, 'store.sqlite')}`, LOG_LEVEL: 'silent' });
});
afterAll(async () => {
  await wcAuth.close();
  rmSync(folder, { recursive: true });
});

test('the listener of the package answers the grant', async () => {
  const answer = await request(wcAuth.listener)
    .get('/wc-auth/v1/authorize')
    .set('Accept', 'application/json');
  expect(answer.status).toBe(401);
  expect(answer.body).toEqual({
    code: 'wp_die',
    message: 'Error: Missing parameter app_name.',
    data: { status: 401 },
    additional_errors: [],
  });
});

test('the listener of the package guards the REST API', async () => {
  const answer = await request(wcAuth.listener).get('/wp-json/wc/v3/products');
  expect(answer.status).toBe(401);
  expect(answer.headers['www-authenticate']).toBe('Basic realm="WooCommerce API"');
  expect(answer.body).toMatchObject({ code: 'woocommerce_rest_cannot_view', data: { status: 401 } });
});
