import { once } from 'node:events';
import { approve, ask, openConsent } from '../support/scenes/grant-scene';
import { faultScene, type FaultScene } from '../support/scenes/fault-scene';
import { startHttpsReceiver, type HttpsReceiver, type Received } from '../support/http/https-receiver';
import { mountSmallDisk, type SmallDisk } from '../support/store/small-disk';
import { fakeClock, type Clock } from '../support/store/test-store';

const CANNOT_CHECK = '503 The key cannot be checked now. Try again.';
const UNKNOWN = '401 Consumer key is invalid.';
const SUCCESS = 'https://app.example/done?success=1&user_id=42';

const probe = mountSmallDisk();
probe?.unmount();
if (!probe) console.warn('A disk can be mounted and filled only by root, so these tests are skipped.');

(probe ? describe : describe.skip)('a full disk', () => {
  let disk: SmallDisk;
  let scene: FaultScene;
  let clock: Clock;
  let app: HttpsReceiver;
  beforeEach(async () => {
    disk = mountSmallDisk()!;
    clock = fakeClock();
    [scene, app] = await Promise.all([faultScene({ folder: disk.folder, clock }), startHttpsReceiver()]);
  });
  afterEach(async () => {
    disk.makeRoom();
    await scene.close();
    await app.stop();
    disk.unmount();
  });

  /**
   * Fills the disk so that the next write needs one more byte. A used write-ahead log would have
   * free space.
   */
  async function fill(): Promise<void> {
    await scene.store.app.close();
    await scene.store.database.knex.raw('pragma wal_checkpoint(truncate)');
    disk.fill();
  }
  const pairOf = ({ body }: Received) => {
    const fields = JSON.parse(body) as { consumer_key: string; consumer_secret: string };
    return { consumerKey: fields.consumer_key, consumerSecret: fields.consumer_secret };
  };
  const consent = async () => {
    const manager = await scene.store.signInByForm();
    return [manager, await openConsent(manager, ask({ callback_url: app.url() }))] as const;
  };

  test('answers 503 to a grant before the app gets a key, and the same Approve works after there is room', async () => {
    const [manager, page] = await consent();
    await fill();
    const rejected = await approve(manager, page);
    expect(rejected.status).toBe(503);
    expect(Number(rejected.headers['retry-after'])).toBeGreaterThan(0);
    expect(rejected.body).not.toMatch(/sqlite/i);
    expect(app.received()).toHaveLength(0);
    disk.makeRoom();
    expect((await approve(manager, page)).location).toBe(SUCCESS);
    expect(await scene.call(pairOf(app.received()[0]!))).toBe('works');
  });

  test('answers 503 with Retry-After to a revocation, never 200, and the key keeps working', async () => {
    await fill();
    const rejected = await scene.revoke(scene.key);
    expect([rejected.status, rejected.json()['success']]).toEqual([503, false]);
    expect(Number(rejected.headers['retry-after'])).toBeGreaterThan(0);
    expect(await scene.call(scene.key)).toBe('works');
    disk.makeRoom();
    expect((await scene.revoke(scene.key)).status).toBe(200);
    expect(await scene.call(scene.key)).toBe(UNKNOWN);
  });

  test('does not stop keys that need no write, but rejects a request whose nonce cannot be saved', async () => {
    const target = scene.signed();
    await fill();
    expect(await scene.call(scene.key)).toBe('works');
    expect(await scene.callSigned(target)).toBe(CANNOT_CHECK);
    disk.makeRoom();
    expect(await scene.callSigned(target)).toBe('works');
    expect(await scene.callSigned(target)).toMatch(/^401 Invalid nonce/);
  });

  test('delays a grant until there is room if it fills up while the callback is in flight', async () => {
    const [manager, page] = await consent();
    app.program({ before: fill });
    const rejectedOnce = once(scene.store.database.knex, 'query-error');
    const answer = approve(manager, page);
    await rejectedOnce;
    disk.makeRoom();
    expect((await answer).location).toBe(SUCCESS);
    expect(await scene.call(pairOf(app.received()[0]!))).toBe('works');
    expect(await scene.store.app.consumerKeys.list()).toMatchObject([{ pending: false }, { pending: false }]);
    // Despite several attempts, it happened once.
    expect(await scene.store.app.metrics.getSingleMetricAsString('wc_auth_grants_total')).toContain(
      'wc_auth_grants_total{outcome="approved"} 1',
    );
  });

  test('ends a grant with 503 and an invalid key if it stays full until the key has expired', async () => {
    const [manager, page] = await consent();
    app.program({ before: fill });
    scene.store.database.knex.once('query-error', () => {
      clock.pass(66_000);
    });
    const answer = await approve(manager, page);
    expect(answer.status).toBe(503);
    const pair = pairOf(app.received()[0]!);
    expect(await scene.call(pair)).toBe(UNKNOWN);
    disk.makeRoom();
    expect((await approve(manager, page)).status).toBe(401);
    clock.pass(60_000);
    await scene.store.app.janitor.round();
    expect(await scene.call(pair)).toBe(UNKNOWN);
    expect(await scene.store.app.consumerKeys.list()).toMatchObject([{ keyId: scene.key.keyId }]);
    expect(await scene.store.app.audit.list(1)).toMatchObject([
      { event: 'grant.delivery_failed', login: 'manager', detail: { reason: 'interrupted' } },
    ]);
    expect(app.received()).toHaveLength(1);
  });
});
