import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config';
import { openStore } from '../../server/open-store';
import { createServices } from '../../server/services';
import { approve, ask, openConsent, type Consent } from '../support/scenes/grant-scene';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { linkHref, textOf } from '../support/http/html-forms';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { environment, startServerProcess, type ServerProcess } from '../support/store/server-process';

const PASSWORD = 'correct horse battery';
const SUCCESS = 'https://app.example/done?success=1&user_id=42';

// Each server runs in its own process.
jest.setTimeout(60_000);

let folder: string;
let app: HttpsReceiver;
let running: ServerProcess[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-crash-'));
  running = [];
  app = await startHttpsReceiver();
  await onDatabase(({ users }) =>
    users.add({
      login: 'manager',
      email: 'm@store.test',
      role: 'administrator',
      password: PASSWORD,
      now: Date.now(),
    }),
  );
});
afterEach(async () => {
  for (const server of running) server.kill('SIGKILL');
  await Promise.all(running.map((server) => server.ended));
  await app.stop();
  rmSync(folder, { recursive: true });
});

async function start(): Promise<ServerProcess> {
  const server = await startServerProcess(folder);
  running.push(server);
  return server;
}

async function onDatabase<T>(work: (services: ReturnType<typeof createServices>) => Promise<T>): Promise<T> {
  const config = readConfig(environment(folder));
  const store = await openStore(config);
  try {
    return await work(createServices({ ...store, sessionLimits: config.session }));
  } finally {
    await store.database.close();
  }
}
const keys = () => onDatabase(({ consumerKeys }) => consumerKeys.list());

async function signIn(server: ServerProcess): Promise<HttpBrowser> {
  const browser = httpBrowser(server.url);
  const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
  await browser.post('/login', { ...fields, username: 'manager', password: PASSWORD });
  return browser;
}

/** Returns the same browser on another server of the same store. */
const at = (server: ServerProcess, browser: HttpBrowser) => httpBrowser(server.url, browser.cookies);

/**
 * Starts an Approve and waits until its callback reaches the app, which answers after `release`.
 */
async function approveInFlight(server: ServerProcess) {
  const manager = await signIn(server);
  const consent: Consent = await openConsent(manager, ask({ callback_url: app.url() }));
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
  return { manager, consent, answer, release };
}

test('a grant leaves no key when its process dies during the callback, and shows the failure page for its nonce', async () => {
  const first = await start();
  const { manager, consent, answer, release } = await approveInFlight(first);
  expect(await keys()).toMatchObject([{ pending: true }]);
  first.kill('SIGKILL');
  expect((await first.ended).signal).toBe('SIGKILL');
  expect(await answer).toMatchObject({ code: 'ECONNRESET' });
  release();

  const second = await start();
  expect(await keys()).toEqual([]);
  app.clear();
  const repeated = await approve(at(second, manager), consent);
  expect([repeated.status, textOf(repeated.body)]).toEqual([
    401,
    expect.stringContaining('Error: An error occurred in the request and at the time were unable to send'),
  ]);
  expect(textOf(repeated.body)).toContain('The store restarted while it contacted the app');
  expect(app.received()).toHaveLength(0);

  const browser = at(second, manager);
  const retry = await browser.get(linkHref(repeated.body, 'wc-auth-retry') ?? '');
  const { fields } = retry.form('wc_auth_nonce');
  expect((await approve(browser, { page: retry, fields, nonce: '' })).location).toBe(SUCCESS);
  expect(await keys()).toMatchObject([{ pending: false }]);
});

// Regression: the server discarded the key, but its request stayed undecided for a day and the
// history had no entry.
test('settles and records an interrupted approval exactly once, however many processes start', async () => {
  const first = await start();
  const { manager, answer, release } = await approveInFlight(first);
  const [{ keyId } = { keyId: 0 }] = await keys();
  first.kill('SIGKILL');
  await Promise.all([first.ended, answer]);
  release();

  const started = await Promise.all([start(), start()]);
  const [second] = started;
  const warnings = started.flatMap((server) => server.output().match(/.*callback delivery failed.*/g) ?? []);
  expect(warnings.map((line) => JSON.parse(line) as unknown)).toMatchObject([
    { level: 40, app: 'Parcel Pilot', host: new URL(app.url()).host, reason: 'interrupted' },
  ]);
  const events = await onDatabase(({ audit }) => audit.list(10, { keyId }));
  expect(events).toMatchObject([
    { event: 'grant.delivery_failed', login: 'manager', keyId, detail: { reason: 'interrupted' } },
  ]);
  const history = await at(second, manager).get(`/history?key=${keyId}`);
  expect(textOf(history.body)).toContain('The store restarted meanwhile');
  const { database } = await openStore(readConfig(environment(folder)));
  const requests = await database.knex<Record<string, unknown>>('grant_requests').select();
  await database.close();
  expect(requests).toMatchObject([
    { decision: 'approved', outcome: 'failed', failure: '{"kind":"interrupted"}' },
  ]);
});

test('a grant loses nothing when its process dies right after the answer', async () => {
  const first = await start();
  const manager = await signIn(first);
  const consent = await openConsent(manager, ask({ callback_url: app.url() }));
  expect((await approve(manager, consent)).location).toBe(SUCCESS);
  first.kill('SIGKILL');
  await first.ended;
  const second = await start();
  expect(await keys()).toMatchObject([{ pending: false }]);
  expect((await approve(at(second, manager), consent)).location).toBe(SUCCESS);
  expect(app.received()).toHaveLength(1);
});

test('keeps the key of a running process when another one starts, and both answer with the same outcome', async () => {
  const first = await start();
  const { manager, consent, answer, release } = await approveInFlight(first);
  const second = await start();
  expect(await keys()).toMatchObject([{ pending: true }]);
  const elsewhere = approve(at(second, manager), consent);
  await at(second, manager).get('/login');
  release();
  expect(await answer).toMatchObject({ status: 302, location: SUCCESS });
  expect(await elsewhere).toMatchObject({ status: 302, location: SUCCESS });
  expect(app.received()).toHaveLength(1);
  expect(await keys()).toMatchObject([{ pending: false }]);
});

test('discards the pending key of a killed process and keeps the one of a running process', async () => {
  const [first, second] = [await start(), await start()];
  const killed = await approveInFlight(first);
  const kept = await approveInFlight(second);
  first.kill('SIGKILL');
  await first.ended;
  killed.release();
  await start();
  const left = await keys();
  expect(left).toMatchObject([{ pending: true }]);
  kept.release();
  expect(await kept.answer).toMatchObject({ location: SUCCESS });
  expect(await keys()).toMatchObject([{ keyId: left[0]?.keyId, pending: false }]);
});

test('finishes the callback in flight after SIGTERM, and the answer reaches the manager', async () => {
  const server = await start();
  const { answer, release } = await approveInFlight(server);
  server.kill('SIGTERM');
  release();
  expect(await answer).toMatchObject({ status: 302, location: SUCCESS });
  expect((await server.ended).code).toBe(0);
  expect(await keys()).toMatchObject([{ pending: false }]);
});
