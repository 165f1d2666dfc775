import { approve, ask, openConsent } from '../support/scenes/grant-scene';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { basic, REVOKE } from '../support/scenes/revocation-scene';
import type { ServerProcess } from '../support/store/server-process';
import { tcpProxy, type TcpProxy } from '../support/store/tcp-proxy';
import { describeOnPostgres } from '../support/store/on-engine';
import { databaseTarget, databaseUrl } from '../support/store/test-database';

// PostgreSQL has committed, but the connection broke before its answer. The server must find out
// what happened.

const SUCCESS = 'https://app.example/done?success=1&user_id=42';
jest.setTimeout(60_000);

describeOnPostgres('a lost answer to a COMMIT', () => {
  let store: ProcessStore;
  let proxy: TcpProxy;
  let server: ServerProcess;
  let app: HttpsReceiver;
  let manager: HttpBrowser;
  beforeAll(async () => {
    [store, proxy, app] = await Promise.all([
      processStore(),
      tcpProxy(databaseTarget()),
      startHttpsReceiver(),
    ]);
    server = await store.serve({ DATABASE_URL: proxy.through(databaseUrl(store.folder)) });
    manager = await store.signIn(server);
  });
  beforeEach(() => {
    app.clear();
  });
  afterAll(async () => {
    await store.clear();
    await Promise.all([proxy.stop(), app.stop()]);
  });

  const consent = () => openConsent(manager, ask({ callback_url: app.url() }));
  const delivered = () => {
    const keyIds = app.received().map(({ body }) => (JSON.parse(body) as { key_id: number }).key_id);
    expect(keyIds).toHaveLength(1);
    return keyIds[0]!;
  };
  /** Returns the events of a key, and whether it exists. */
  const knownOf = (keyId: number) =>
    store.on(async ({ audit, consumerKeys }) => ({
      events: (await audit.list(10, { keyId })).map(({ event }) => event),
      key: await consumerKeys.find(keyId),
    }));

  // Regression: the key was made but never delivered, and a second Approve waited a minute for the
  // failure.
  test('of an approval does not stop its callback', async () => {
    const page = await consent();
    proxy.loseAnswerTo('COMMIT');
    expect(await approve(manager, page)).toMatchObject({ status: 302, location: SUCCESS });
    expect(proxy.answersLost()).toBe(1);
    expect(await knownOf(delivered())).toMatchObject({ events: ['grant.approved'], key: { pending: false } });
  });

  test('of a delivered approval leads to success with one audit entry', async () => {
    const page = await consent();
    const lostBefore = proxy.answersLost();
    app.program({ before: () => proxy.loseAnswerTo('COMMIT') });
    expect(await approve(manager, page)).toMatchObject({ status: 302, location: SUCCESS });
    expect(proxy.answersLost()).toBe(lostBefore + 1);
    expect(await knownOf(delivered())).toMatchObject({ events: ['grant.approved'], key: { pending: false } });
    // The manager presses the same button once more.
    expect(await approve(manager, page)).toMatchObject({ status: 302, location: SUCCESS });
    delivered();
  });

  test('of a revocation leads to 503, although it happened, and it may be sent again', async () => {
    const key = await store.issue();
    const headers = { ...basic(key), 'x-forwarded-proto': 'https' };
    const revoke = () => httpBrowser(server.url).send('POST', REVOKE, { headers });
    proxy.loseAnswerTo('COMMIT');
    const answer = await revoke();
    expect([answer.status, Number(answer.headers['retry-after']) > 0]).toEqual([503, true]);
    expect(await knownOf(key.keyId)).toMatchObject({ events: ['key.revoked'], key: undefined });
    expect((await revoke()).status).toBe(401);
  });

  test('of a sign-in leads to 503, and the next one succeeds', async () => {
    const browser = httpBrowser(server.url);
    const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
    const signIn = () =>
      browser.post('/login', { ...fields, username: 'manager', password: 'correct horse battery' });
    proxy.loseAnswerTo('COMMIT');
    expect((await signIn()).status).toBe(503);
    expect((await signIn()).status).toBe(302);
  });
});
