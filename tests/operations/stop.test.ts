import { once } from 'node:events';
import { approve, ask, openConsent } from '../support/scenes/grant-scene';
import { httpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { connect } from '../support/http/raw-http';
import { eventually } from '../support/scenes/rest-scene';
import { metricsAddress, type ServerProcess } from '../support/store/server-process';

// Each server runs in its own process.
jest.setTimeout(60_000);

let store: ProcessStore;
let app: HttpsReceiver;
beforeEach(async () => {
  store = await processStore();
  app = await startHttpsReceiver();
});
afterEach(async () => {
  await app.stop();
  await store.clear();
});

/** Starts an Approve whose callback has reached the app, which answers after `release`. */
async function approveInFlight(server: ServerProcess) {
  const manager = await store.signIn(server);
  const consent = await openConsent(manager, ask({ callback_url: app.url() }));
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => {
    app.program({
      before: () => {
        resolve();
        return gate;
      },
    });
  });
  const answer = approve(manager, consent).catch((error: unknown) => error as Error);
  await arrived;
  return { answer, release };
}

/** Returns the status of a request on a new connection, or the reason why there was none. */
async function statusOf(server: ServerProcess, path: string): Promise<number | string> {
  return httpBrowser(server.url)
    .get(path)
    .then(
      ({ status }) => status,
      (error: unknown) => String((error as NodeJS.ErrnoException).code),
    );
}

/** Waits until the server accepts no new connection. */
const rejected = (server: ServerProcess) =>
  eventually(
    async () => ((await statusOf(server, '/healthz')) === 'ECONNREFUSED' ? true : undefined),
    20_000,
  );

test('a stopping server finishes the grant in flight, accepts no other request, and ends with 0', async () => {
  const server = await store.serve();
  const { answer, release } = await approveInFlight(server);
  server.kill('SIGTERM');
  await rejected(server);
  release();
  expect(await answer).toMatchObject({ status: 302, location: expect.stringContaining('success=1') });
  expect((await server.ended).code).toBe(0);
  expect(server.output()).toContain('"msg":"stopped"');
  expect(await store.on(({ consumerKeys }) => consumerKeys.list())).toMatchObject([{ pending: false }]);
});

test('a stopping server answers 503 at /readyz while it still accepts requests, and ends at once at a second signal', async () => {
  const server = await store.serve({ STOP_DELAY_SECONDS: '30' });
  expect(await statusOf(server, '/readyz')).toBe(200);
  server.kill('SIGTERM');
  await eventually(async () => ((await statusOf(server, '/readyz')) === 503 ? true : undefined));
  expect([await statusOf(server, '/healthz'), await statusOf(server, '/login')]).toEqual([200, 200]);
  // The server tells a kept-alive connection to close.
  const socket = connect(server.url);
  socket.write('GET /readyz HTTP/1.1\r\nHost: probe\r\n\r\n');
  const [bytes] = (await once(socket, 'data')) as [Buffer];
  expect(bytes.toString()).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\nConnection: close\r\n[\s\S]*"stopping"/);
  socket.destroy();
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(1);
});

test('a stopping server waits for clients that hang, before or after their request, only until its deadline', async () => {
  const server = await store.serve({ STOP_DEADLINE_SECONDS: '1' });
  const { answer } = await approveInFlight(server);
  const half = connect(server.url);
  await once(half, 'connect');
  half.write('GET /login HTTP/1.1\r\nHost:');
  const told = performance.now();
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
  expect(performance.now() - told).toBeLessThan(10_000);
  expect(await answer).toMatchObject({ code: 'ECONNRESET' });
  // The next start ends the interrupted grant.
  const second = await store.serve();
  expect(await store.on(({ consumerKeys }) => consumerKeys.list())).toEqual([]);
  second.kill('SIGTERM');
  expect((await second.ended).code).toBe(0);
});

test('a stopping server does not wait for an idle connection that is kept alive', async () => {
  const server = await store.serve({ STOP_DEADLINE_SECONDS: '3600' });
  const idle = connect(server.url);
  idle.write('GET /healthz HTTP/1.1\r\nHost: probe\r\n\r\n');
  await once(idle, 'data');
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});

test('a server serves metrics at a separate port until the end, and nothing else there', async () => {
  const server = await store.serve({ METRICS_PORT: '0' });
  const address = metricsAddress(server);
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const { status, headers, body } = await httpBrowser(address).get('/metrics');
  expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  expect(body).toMatch(/^wc_auth_verifications_total\{outcome="accepted",credential="plain"\} 0$/m);
  expect(body).toMatch(/^nodejs_eventloop_lag_seconds \d/m);
  expect(body).toMatch(/^process_resident_memory_bytes \d/m);
  for (const path of ['/', '/healthz', '/login', '/metrics/x'])
    expect((await httpBrowser(address).get(path)).status).toBe(404);
  expect((await httpBrowser(address).post('/metrics', {})).status).toBe(405);
  expect(await statusOf(server, '/metrics')).toBe(404);
  server.kill('SIGTERM');
  expect((await server.ended).code).toBe(0);
});
