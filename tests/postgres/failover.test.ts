import {
  describeWithCluster,
  postgresCluster,
  type PostgresCluster,
} from '../support/store/postgres-cluster';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { eventually } from '../support/scenes/rest-scene';
import type { ServerProcess } from '../support/store/server-process';
import { tcpProxy, type TcpProxy } from '../support/store/tcp-proxy';
import { SHORT_CALLBACKS, troubleScene, type TroubleScene } from '../support/scenes/trouble-scene';

// Two servers of the store, and a primary with a standby behind one address.

jest.setTimeout(120_000);

describeWithCluster('a PostgreSQL that stops', () => {
  let primary: PostgresCluster;
  let standby: PostgresCluster;
  let proxy: TcpProxy;
  let store: ProcessStore;
  let server: ServerProcess;
  let other: ServerProcess;
  let scene: TroubleScene;
  beforeAll(async () => {
    primary = await postgresCluster();
    standby = await primary.standby('second');
    proxy = await tcpProxy(primary.target);
    store = await processStore({ ...SHORT_CALLBACKS, DATABASE_URL: proxy.through(primary.url()) });
    server = await store.serve();
    scene = await troubleScene(store, server);
    other = await store.serve();
    // From now on, what is answered as done is on both.
    await primary.query("alter system set synchronous_standby_names = 'second'");
    await primary.query('select pg_reload_conf()');
    await eventually(async () => {
      const [row] = await primary.query('select sync_state from pg_stat_replication');
      return row?.['sync_state'] === 'sync' ? true : undefined;
    }, 30_000);
  });
  afterAll(async () => {
    await store.clear();
    await proxy.stop();
    await Promise.all([primary.remove(), standby.remove()]);
    await scene.close();
  });

  const servers = () => [server, other];
  /** Sends rounds to both servers until told to stop. Each answer must be normal or 503. */
  function underLoad() {
    let stopped = false;
    const loops = servers().map(async (at) => {
      while (!stopped) await scene.round(at);
    });
    return async () => {
      stopped = true;
      await Promise.all(loops);
    };
  }
  async function recovered() {
    for (const at of servers()) await scene.recovered(at);
    await eventually(async () => ((await scene.looksDead()) ? undefined : true), 30_000);
    for (const at of servers()) await scene.checkAllAnswered(at);
  }

  test.each(['fast', 'immediate'] as const)(
    'is used again with all that was answered after it is stopped (%s) and started',
    async (how) => {
      const enough = underLoad();
      await scene.round();
      await primary.stop(how);
      expect((await scene.round()).worked).toBe(0);
      await primary.start();
      await enough();
      await recovered();
    },
  );

  test('serves requests without writes while its synchronous standby is missing, and reports no other request as done', async () => {
    await standby.stop('fast');
    const { worked, unavailable } = await scene.round();
    expect([worked, unavailable].every((count) => count > 0)).toBe(true);
    await standby.start();
    await recovered();
  });

  test('is replaced by a standby that has all that was answered as done', async () => {
    const enough = underLoad();
    await scene.round();
    await primary.stop('immediate');
    proxy.moveTo(standby.target);
    // The standby is not promoted yet.
    expect((await scene.round()).worked).toBe(0);
    await standby.query('select pg_promote()');
    await enough();
    await recovered();
  });
});

describeWithCluster('a standby that is behind', () => {
  // Regression: the server used its connections like any other, and revocations that it had not
  // received were lost.
  test('gets no query even if the address leads to it, so no revoked key is accepted', async () => {
    const primary = await postgresCluster();
    const standby = await primary.standby('second');
    const proxy = await tcpProxy(primary.target);
    const store = await processStore({ ...SHORT_CALLBACKS, DATABASE_URL: proxy.through(primary.url()) });
    let scene: TroubleScene | undefined;
    try {
      const server = await store.serve();
      // The standby stops one round after the scene is made, so it has the keys but not the
      // revocations.
      scene = await troubleScene(store, server);
      const [{ at } = { at: '' }] = await primary.query('select pg_current_wal_lsn()::text as at');
      await eventually(async () => {
        const [row] = await standby.query(`select pg_last_wal_replay_lsn() >= '${String(at)}' as there`);
        return row?.['there'] === true ? true : undefined;
      });
      await standby.query('select pg_wal_replay_pause()');
      for (let time = 0; time < 3; time++) expect((await scene.round()).unavailable).toBe(0);
      proxy.moveTo(standby.target);
      proxy.cut();
      expect((await scene.round()).worked).toBe(0);
      await expect(scene.checkAllAnswered()).rejects.toThrow('503');
      proxy.moveTo(primary.target);
      await scene.recovered();
      await scene.checkAllAnswered();
    } finally {
      await scene?.close();
      await store.clear();
      await proxy.stop();
      await Promise.all([primary.remove(), standby.remove()]);
    }
  });
});
