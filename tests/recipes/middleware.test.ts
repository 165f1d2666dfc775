import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiled } from '../support/jest/compiled';
import { exchange, requestBytes } from '../support/http/raw-http';
import { codeBlock, filledIn } from '../support/recipes/recipe';
import { basicHeader, eventually, issueKey, keyRow, query, signedTarget } from '../support/scenes/rest-scene';
import { databaseUrl } from '../support/store/test-database';
import { startTestStore, type TestStore } from '../support/store/test-store';

// The program of docs/middleware.md, run as it is on the page.

const HTTPS = ['X-Forwarded-Proto', 'https'] as const;
let store: TestStore;
let child: ChildProcess;
let url: string;
let program: string;

beforeAll(async () => {
  store = await startTestStore();
  program = join(store.folder, 'api.mjs');
  const source = filledIn(codeBlock('middleware.md', 'js'), [
    ["from 'express'", `from '${pathToFileURL(require.resolve('express')).href}'`],
    ["from 'wc-auth-server'", `from '${pathToFileURL(compiled('server/index.ts')).href}'`],
  ]);
  writeFileSync(program, source);
  child = spawn(process.execPath, [program], {
    cwd: store.folder,
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      DATABASE_URL: databaseUrl(store.folder),
      SECRET_KEY: 'test-secret-key-test-secret-key-0123',
      STORE_URL: 'http://store.test',
      TRUST_PROXY: 'loopback',
      LOG_LEVEL: 'warn',
    },
    stdio: 'pipe',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const port = await eventually(() => {
    if (child.exitCode !== null) throw new Error(output);
    return /port: (\d+)/.exec(output)?.[1];
  }, 15_000);
  url = `http://127.0.0.1:${port}`;
}, 30_000);
afterAll(async () => {
  if (child.exitCode === null) child.kill('SIGKILL');
  rmSync(program, { force: true });
  await store.app.close();
  await store.close();
});

test('the program of docs/middleware.md accepts keys, checks permissions, shows the pages, and stops cleanly', async () => {
  const key = await issueKey(store);
  const reader = await issueKey(store, 'read');
  const get = (path: string, one = key) =>
    exchange(url, requestBytes('GET', path, [basicHeader(one), HTTPS]));

  expect((await get('/wp-json/wc/v3/products')).json()).toMatchObject([
    { asked: { keyId: key.keyId, permissions: 'read_write' } },
  ]);
  expect((await exchange(url, requestBytes('GET', '/wp-json/wc/v3/products'))).status).toBe(401);
  for (const address of ['//wp-json/wc/v3/products', '/?rest_route=/wc/v3/products']) {
    expect((await get(address)).json()).toMatchObject([{ asked: { keyId: key.keyId } }]);
    expect((await exchange(url, requestBytes('GET', address))).status).toBe(401);
  }

  const form = [['name', 'Zoë']] as const;
  const timestamp = Math.floor(Date.now() / 1000);
  const target = signedTarget(key, { method: 'POST', path: '/wp-json/wc/v3/orders', form, timestamp });
  const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
  const order = await exchange(url, requestBytes('POST', target, headers, query(form)));
  expect(order).toMatchObject({ status: 201, text: '{"id":2,"name":"Zoë"}' });

  expect((await get('/wp-json/acme/v1/export', reader)).status).toBe(401);
  expect((await get('/wp-json/acme/v1/export')).status).toBe(200);
  expect((await exchange(url, requestBytes('GET', '/wp-json/'))).status).toBe(200);
  expect((await exchange(url, requestBytes('GET', '/login'))).text).toMatch(/<form/);

  const ended = once(child, 'close');
  await get('/wp-json/wc/v3/products', reader);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect((await keyRow(store, reader.keyId))['last_access']).toBeGreaterThan(0);
});
