import { processStore, type ProcessStore } from '../support/store/process-store';
import { eventually } from '../support/scenes/rest-scene';
import type { ServerProcess } from '../support/store/server-process';
import { tcpProxy, type TcpProxy } from '../support/store/tcp-proxy';
import { describeOnPostgres } from '../support/store/on-engine';
import { databaseUrl, databaseTarget } from '../support/store/test-database';
import { SHORT_CALLBACKS, troubleScene, type TroubleScene } from '../support/scenes/trouble-scene';

// Each server runs in its own process and waits for a database that does not answer.
jest.setTimeout(120_000);

describeOnPostgres('a server with a disturbed network to PostgreSQL', () => {
  let store: ProcessStore;
  let proxy: TcpProxy;
  let server: ServerProcess;
  let scene: TroubleScene;
  beforeAll(async () => {
    store = await processStore();
    proxy = await tcpProxy(databaseTarget());
    server = await store.serve({
      ...SHORT_CALLBACKS,
      DATABASE_URL: proxy.through(databaseUrl(store.folder)),
    });
    scene = await troubleScene(store, server);
  });
  afterAll(async () => {
    await store.clear();
    await proxy.stop();
    await scene.close();
  });
  afterEach(async () => {
    // The server must recover from any disturbance without a restart, including its lease.
    proxy.pass();
    await scene.recovered();
    await eventually(async () => ((await scene.looksDead()) ? undefined : true), 30_000);
    await scene.checkAllAnswered();
  });

  test('works normally without a disturbance', async () => {
    expect((await scene.round()).unavailable).toBe(0);
  });

  test('works or answers 503 when its connections are cut repeatedly', async () => {
    for (let time = 0; time < 5; time++) {
      const round = scene.round();
      proxy.cut();
      await round;
    }
    expect((await scene.round()).worked).toBeGreaterThan(0);
  });

  test('answers 503 while every connection is rejected', async () => {
    proxy.refuseConnections();
    expect((await scene.round()).worked).toBe(0);
  });

  test('answers 503 in time while old and new connections get no data', async () => {
    const before = scene.round();
    proxy.swallow();
    await before;
    expect((await scene.round()).worked).toBe(0);
  });

  test('waits for a slow database', async () => {
    proxy.delay(100);
    expect((await scene.round()).unavailable).toBe(0);
  });

  test('notices connections that were lost without notice', async () => {
    proxy.loseSilently();
    await scene.round();
  });
});
