import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCertificates } from '../support/http/certificates';
import { freePort } from '../support/http/free-port';
import { ended, environment, run, startServerProcess } from '../support/store/server-process';

// Each command and server runs in its own process.
jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-healthcheck-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const healthcheck = (env: Readonly<Record<string, string>>) =>
  ended(run('cli/main.ts', ['healthcheck'], folder, environment(folder, env)));

/** Starts a server that answers every request with a status, or never. */
async function other(status?: number): Promise<{ port: string; close: () => void }> {
  const server = http.createServer((_request, response) => {
    if (status !== undefined) response.writeHead(status, { location: '/login' }).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    port: String((server.address() as AddressInfo).port),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

test.each([
  ['on one address', { HOST: '127.0.0.1' }, '127.0.0.1'],
  ['on every IPv4 address', { HOST: '0.0.0.0' }, '127.0.0.1'],
  ['on every address', { HOST: '::' }, '[::1]'],
  ['on an IPv6 address', { HOST: '::1' }, '[::1]'],
  [
    'below a path, in production',
    { STORE_URL: 'https://shop.test/store', NODE_ENV: 'production' },
    '127.0.0.1',
  ],
])('reports a running server %s', async (_where, env, host) => {
  const PORT = String(await freePort());
  const server = await startServerProcess(folder, { ...env, PORT });
  const { code, stdout } = await healthcheck({ ...env, PORT });
  expect([code, stdout]).toEqual([0, `http://${host}:${PORT}/healthz answers with status 200.\n`]);
  server.kill('SIGTERM');
  await server.ended;
});

test('reports a server that has its own TLS', async () => {
  const { cert, key } = testCertificates().app;
  writeFileSync(join(folder, 'cert.pem'), cert);
  writeFileSync(join(folder, 'key.pem'), key);
  const env = {
    PORT: String(await freePort()),
    HTTPS_PORT: '0',
    TLS_CERT_FILE: join(folder, 'cert.pem'),
    TLS_KEY_FILE: join(folder, 'key.pem'),
    STORE_URL: 'https://app.example',
  };
  const server = await startServerProcess(folder, env);
  expect(await healthcheck(env)).toMatchObject({ code: 0 });
  server.kill('SIGTERM');
  await server.ended;
});

test('reports a server on a port that browsers and fetch block', async () => {
  // Its own loopback address, because the port is fixed.
  const env = { HOST: `127.1.${randomInt(256)}.${randomInt(1, 255)}`, PORT: '10080' };
  const server = await startServerProcess(folder, env);
  const { code, stderr } = await healthcheck(env);
  server.kill('SIGTERM');
  await server.ended;
  expect([code, stderr]).toEqual([0, '']);
});

test('fails if nothing listens', async () => {
  const PORT = String(await freePort());
  const { code, stderr } = await healthcheck({ PORT });
  expect([code, stderr]).toEqual([
    1,
    `The server does not answer at http://127.0.0.1:${PORT}/healthz (ECONNREFUSED).\n`,
  ]);
});

test.each([404, 302, 503])('fails if another program answers with status %s', async (status) => {
  const { port, close } = await other(status);
  const { code, stderr } = await healthcheck({ PORT: port });
  close();
  expect([code, stderr]).toEqual([
    1,
    `http://127.0.0.1:${port}/healthz answers with status ${status}. Does another program listen there? Check HOST and PORT.\n`,
  ]);
});

test('fails within seconds if a server accepts the connection and never answers', async () => {
  const { port, close } = await other();
  const { code, stderr } = await healthcheck({ PORT: port });
  close();
  expect([code, stderr]).toEqual([
    1,
    `The server does not answer at http://127.0.0.1:${port}/healthz (TimeoutError).\n`,
  ]);
});

test('reports a wrong configuration as the server does', async () => {
  const { code, stderr } = await healthcheck({ PORT: 'eighty' });
  expect([code, stderr]).toEqual([1, expect.stringContaining('PORT: must be a whole number')]);
});
