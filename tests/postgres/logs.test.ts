import { Client } from 'pg';
import { httpBrowser } from '../support/http/http-browser';
import { plantedSecrets } from '../support/scenes/planted-secrets';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { eventually } from '../support/scenes/rest-scene';
import { basic, REVOKE } from '../support/scenes/revocation-scene';
import { tcpProxy, type TcpProxy } from '../support/store/tcp-proxy';
import { describeOnPostgres } from '../support/store/on-engine';
import { databaseTarget, databaseUrl } from '../support/store/test-database';

jest.setTimeout(60_000);

describeOnPostgres('the log of a server at LOG_LEVEL=trace', () => {
  let store: ProcessStore;
  let proxy: TcpProxy;
  let other: Client;
  beforeAll(async () => {
    [store, proxy] = await Promise.all([processStore(), tcpProxy(databaseTarget())]);
    other = new Client(databaseUrl(store.folder));
    await other.connect();
  });
  afterAll(async () => {
    await other.end();
    await store.clear();
    await proxy.stop();
  });

  // Regression: a failed background write was logged in PostgreSQL's words, with the whole row.
  test('has no row, value, statement or password when statements fail', async () => {
    const secrets = plantedSecrets();
    const password = secrets.plant('password of the URL', 'Pa55-of-the-database');
    const key = await store.issue(secrets.plant('description', 'a-description-to-be-found'));
    secrets.plant('consumer key', key.consumerKey);
    secrets.plant('consumer secret', key.consumerSecret);
    const { rows } = await other.query<{ consumer_key: string; consumer_secret: string }>(
      'select consumer_key, consumer_secret from consumer_keys',
    );
    secrets.plant('hash of the key', rows[0]!.consumer_key);
    secrets.plant('sealed secret', rows[0]!.consumer_secret);

    const url = new URL(proxy.through(databaseUrl(store.folder)));
    url.password = password;
    const server = await store.serve({
      DATABASE_URL: url.href.replaceAll('+', '%20'),
      LOG_LEVEL: 'trace',
    });
    const headers = { ...basic(key), 'x-forwarded-proto': 'https' };
    const browser = httpBrowser(server.url);
    const logged = (count: number, words: RegExp) =>
      eventually(() => (server.output().split(words).length > count ? true : undefined), 20_000);

    // PostgreSQL quotes a row that violates a constraint.
    await other.query(`
      alter table key_uses add constraint never_used check (last_access is null) not valid;
      alter table throttle_counts add constraint never_counted check (times < 0) not valid;
      alter table audit_events add constraint never_written check (at < 0) not valid`);
    expect((await browser.get('/wp-json/wc/v3/products', headers)).status).toBe(404);
    const wrong = basic({ ...key, consumerSecret: `cs_${'0'.repeat(40)}` });
    expect((await browser.get('/wp-json/wc/v3/products', { ...headers, ...wrong })).status).toBe(401);
    expect((await browser.send('POST', REVOKE, { headers })).status).toBe(503);
    await logged(1, /times of last use could not be written/);
    await logged(1, /failed keys could not be counted/);
    await logged(1, /POSTGRES_23514/);

    proxy.refuseConnections();
    expect((await browser.get('/wp-json/wc/v3/products', headers)).status).toBe(503);
    expect((await browser.send('POST', REVOKE, { headers })).status).toBe(503);
    expect((await browser.get('/readyz')).status).toBe(503);
    await logged(1, /not available \(POSTGRES_/);
    proxy.pass();
    server.kill('SIGTERM');
    const { stdout, stderr } = await server.ended;
    expect(secrets.foundIn(stdout + stderr)).toEqual([]);
    expect(stdout + stderr).not.toMatch(/Failing row|insert into|select |update consumer|\$1/i);
    expect(stderr).toBe('');
  });

  test('ends in time when the server stops while its database does not answer', async () => {
    const server = await store.serve({ DATABASE_URL: proxy.through(databaseUrl(store.folder)) });
    expect((await httpBrowser(server.url).get('/readyz')).status).toBe(200);
    proxy.swallow();
    const started = performance.now();
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    expect(performance.now() - started).toBeLessThan(20_000);
    proxy.pass();
  });
});
