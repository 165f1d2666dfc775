import { processStore, type ProcessStore } from '../support/process-store';
import { eventually } from '../support/rest-scene';
import type { ServerProcess } from '../support/server-process';
import { tcpProxy, type TcpProxy } from '../support/tcp-proxy';
import { describeOnPostgres } from '../support/on-engine';
import { databaseUrl, databaseTarget } from '../support/test-database';
import { SHORT_CALLBACKS, troubleScene, type TroubleScene } from '../support/trouble-scene';

// Each server is a process of its own, and waits for a database that does not answer.
jest.setTimeout(120_000);

describeOnPostgres('a server whose way to PostgreSQL is spoilt', () => {
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
    // Whatever it was: it ends without a restart, the claim to be alive included.
    proxy.pass();
    await scene.recovered();
    await eventually(async () => ((await scene.isTakenForDead()) ? undefined : true), 30_000);
    await scene.checkAllAnswered();
  });

  test('answers rightly while it is not', async () => {
    expect((await scene.round()).unavailable).toBe(0);
  });

  test('answers rightly or 503 when its connections are cut, again and again', async () => {
    for (let time = 0; time < 5; time++) {
      const round = scene.round();
      proxy.cut();
      await round;
    }
    expect((await scene.round()).worked).toBeGreaterThan(0);
  });

  test('answers 503 while every connection is refused', async () => {
    proxy.refuse();
    expect((await scene.round()).worked).toBe(0);
  });

  test('answers 503 in time while nothing is answered, on old connections or on new ones', async () => {
    const before = scene.round();
    proxy.swallow();
    await before;
    expect((await scene.round()).worked).toBe(0);
  });

  test('waits for a database that is slow', async () => {
    proxy.delay(100);
    expect((await scene.round()).unavailable).toBe(0);
  });

  test('notices that its connections are dead though nobody said so', async () => {
    proxy.loseSilently();
    await scene.round();
  });
});
