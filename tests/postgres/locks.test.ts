import { Client } from 'pg';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { httpBrowser } from '../support/http/http-browser';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { eventually } from '../support/scenes/rest-scene';
import { basic, REVOKE } from '../support/scenes/revocation-scene';
import { metricsAddress, type ServerProcess } from '../support/store/server-process';
import { describeOnPostgres } from '../support/store/on-engine';
import { databaseUrl } from '../support/store/test-database';
import { SHORT_CALLBACKS, troubleScene, type TroubleScene } from '../support/scenes/trouble-scene';

jest.setTimeout(120_000);

describeOnPostgres('another session of PostgreSQL', () => {
  let store: ProcessStore;
  let server: ServerProcess;
  let scene: TroubleScene;
  let other: Client;
  let key: IssuedKey;
  beforeAll(async () => {
    store = await processStore();
    server = await store.serve({ ...SHORT_CALLBACKS, DATABASE_CONNECTIONS: '6', METRICS_PORT: '0' });
    scene = await troubleScene(store, server);
    other = new Client(databaseUrl(store.folder));
    await other.connect();
  });
  beforeEach(async () => {
    key = await store.issue();
  });
  afterEach(async () => {
    await other.query('rollback');
  });
  afterAll(async () => {
    await other.end();
    await store.clear();
    await scene.close();
  });

  const headers = (pair: IssuedKey) => ({ ...basic(pair), 'x-forwarded-proto': 'https' });
  const revoke = (pair: IssuedKey) =>
    httpBrowser(server.url).send('POST', REVOKE, { headers: headers(pair) });
  const isAccepted = async (pair: IssuedKey) =>
    (await httpBrowser(server.url).get('/wp-json/wc/v3/products', headers(pair))).status === 404;
  /** Returns how many statements wait for this session, without those that wait for one of them. */
  async function waiting(): Promise<number> {
    const { rows } = await other.query<{ count: string }>(
      'select count(*) from pg_stat_activity where pg_backend_pid() = any(pg_blocking_pids(pid))',
    );
    return Number(rows[0]?.count);
  }
  const waits = () => eventually(async () => ((await waiting()) > 0 ? true : undefined), 20_000);
  async function counted(name: RegExp): Promise<number> {
    const { body } = await httpBrowser(metricsAddress(server)).get('/metrics');
    return Number(name.exec(body)?.[1]);
  }
  const revocationsCounted = () => counted(/^wc_auth_revocations_total\{by="app"\} (\d+)$/m);
  const eventsOf = ({ keyId }: IssuedKey) =>
    store.on(async ({ audit }) => (await audit.list(10, { keyId })).map(({ event }) => event));

  test.each(['consumer_keys', 'sessions', 'audit_events'])(
    'that locks the table %s delays every answer only within the time limit, and leaves no statement waiting',
    async (table) => {
      await other.query(`begin; lock table ${table} in access exclusive mode`);
      const round = scene.round();
      await waits();
      expect((await round).unavailable).toBeGreaterThan(0);
      // A request that failed here must not be carried out after the lock is released.
      await eventually(async () => ((await waiting()) === 0 ? true : undefined), 20_000);
      await other.query('rollback');
      await scene.recovered();
      await scene.checkAllAnswered();
    },
  );

  test('that holds a row on which every connection waits does not stop verification', async () => {
    const good = await store.issue();
    await other.query('begin');
    await other.query('select from consumer_keys where key_id = $1 for update', [key.keyId]);
    const started = performance.now();
    const revocations = Promise.all(Array.from({ length: 30 }, () => revoke(key)));
    await waits();
    for (let time = 0; time < 20; time++) expect(await isAccepted(good)).toBe(true);
    expect(await isAccepted(key)).toBe(true);
    const statuses = (await revocations).map(({ status }) => status);
    expect(performance.now() - started).toBeLessThan(40_000);
    expect(new Set(statuses)).toEqual(new Set([503]));
    await other.query('rollback');
    expect((await revoke(key)).status).toBe(200);
    expect(await isAccepted(key)).toBe(false);
    expect(await eventsOf(key)).toEqual(['key.revoked']);
  });

  test('that changes a row under a transaction makes the server repeat the transaction, which takes effect once', async () => {
    const before = await revocationsCounted();
    await other.query('begin');
    await other.query('update consumer_keys set description = $2 where key_id = $1', [
      key.keyId,
      'meanwhile',
    ]);
    const answer = revoke(key);
    await waits();
    // "could not serialize access due to concurrent update"
    await other.query('commit');
    expect((await answer).status).toBe(200);
    expect(await isAccepted(key)).toBe(false);
    expect(await eventsOf(key)).toEqual(['key.revoked']);
    expect(await revocationsCounted()).toBe(before + 1);
  });

  test('that deadlocks with a transaction makes the server repeat the transaction, which takes effect once', async () => {
    // PostgreSQL looks for a deadlock after a second of waiting and ends that session, mostly the
    // one that waited first.
    for (let ended = false; !ended;) {
      const one = await store.issue();
      const before = await revocationsCounted();
      await other.query('begin');
      await other.query('lock table audit_events in share mode');
      const answer = revoke(one);
      await waits();
      // The revocation has the row and waits for the audit log. This session waits for the row.
      const locked = other.query('select from consumer_keys where key_id = $1 for update', [one.keyId]);
      ended = await locked.then(
        () => true,
        () => false,
      );
      await other.query('rollback');
      expect((await answer).status).toBe(200);
      expect(await eventsOf(one)).toEqual(['key.revoked']);
      expect(await revocationsCounted()).toBe(before + 1);
    }
  });

  test.each([
    ['40001', 3, 200],
    ['40P01', 3, 200],
    ['40001', 1_000, 503],
  ])('that makes a transaction fail (%s) %i times leads to the status %i', async (state, times, status) => {
    const before = await revocationsCounted();
    // A sequence keeps counting through a rollback.
    await other.query(`
      create sequence failures;
      create function fail() returns trigger language plpgsql as $$ begin
        if nextval('failures') <= ${times} then raise exception 'not now' using errcode = '${state}'; end if;
        return new;
      end $$;
      create trigger fail after insert on audit_events for each row execute function fail()`);
    try {
      const answer = await revoke(key);
      expect([answer.status, Number(answer.headers['retry-after'] ?? 0) > 0]).toEqual([
        status,
        status === 503,
      ]);
      const { rows } = await other.query<{ last_value: string }>('select last_value from failures');
      expect(Number(rows[0]?.last_value)).toBeGreaterThan(3);
    } finally {
      await other.query('drop trigger fail on audit_events; drop function fail; drop sequence failures');
    }
    const done = status === 200;
    expect(await isAccepted(key)).toBe(!done);
    expect(await eventsOf(key)).toEqual(done ? ['key.revoked'] : []);
    expect(await revocationsCounted()).toBe(before + Number(done));
  });
});
