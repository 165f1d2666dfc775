import { approve, ask, grant, openConsent } from '../support/scenes/grant-scene';
import { faultScene, type FaultScene } from '../support/scenes/fault-scene';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { fakeClock, isSignedIn, startTestStore, type Clock } from '../support/store/test-store';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const YEAR = 365 * 24 * HOUR;
const SPENT = '401 Invalid nonce - nonce has already been used.';
const WRONG_TIME = '401 Invalid timestamp.';
const UNKNOWN = '401 Consumer key is invalid.';
const SUCCESS = 'https://app.example/done?success=1&user_id=42';

let scene: FaultScene;
let clock: Clock;
let app: HttpsReceiver;
beforeEach(async () => {
  clock = fakeClock();
  [scene, app] = await Promise.all([faultScene({ clock }), startHttpsReceiver()]);
});
afterEach(async () => {
  await scene.close();
  await app.stop();
});

const clean = () => scene.store.app.janitor.round();
/** Sets the clock wrong, runs the janitor, and sets the clock right again. */
async function wrongBy(milliseconds: number): Promise<void> {
  clock.pass(milliseconds);
  await clean();
  clock.pass(-milliseconds);
}
const delivered = () => {
  const { consumer_key, consumer_secret } = JSON.parse(app.received()[0]!.body) as Record<string, string>;
  return { consumerKey: consumer_key!, consumerSecret: consumer_secret! };
};

describe.each([
  ['an hour ahead', HOUR],
  ['a year ahead', YEAR],
  ['an hour behind', -HOUR],
  ['a year behind', -YEAR],
])('a clock that was %s for a while', (_name, jump) => {
  test('ends no active key and restores no revoked one', async () => {
    const revoked = await grantedAndRevoked();
    await wrongBy(jump);
    expect(await scene.call(scene.key)).toBe('works');
    expect(await scene.call(revoked)).toBe(UNKNOWN);
    clock.pass(jump);
    expect([await scene.call(scene.key), await scene.call(revoked)]).toEqual(['works', UNKNOWN]);
  });

  test('makes no used nonce usable, and the next one works', async () => {
    const used = scene.signed();
    expect(await scene.callSigned(used)).toBe('works');
    await wrongBy(jump);
    clock.pass(5 * SECOND);
    expect(await scene.callSigned(used)).toBe(SPENT);
    expect(await scene.callSigned(scene.signed())).toBe('works');
  });

  test('makes signatures fail only while it shows another time', async () => {
    const target = scene.signed();
    clock.pass(jump);
    expect(await scene.callSigned(target)).toBe(WRONG_TIME);
    expect(await scene.callSigned(scene.signed())).toBe('works');
    clock.pass(-jump);
    expect(await scene.callSigned(target)).toBe('works');
  });

  test('decides no grant a second time', async () => {
    const manager = await scene.store.signInByForm();
    const page = await openConsent(manager, ask({ callback_url: app.url() }));
    expect((await approve(manager, page)).location).toBe(SUCCESS);
    await wrongBy(jump);
    await approve(manager, page);
    expect(app.received()).toHaveLength(1);
    expect(await scene.call(delivered())).toBe('works');
  });
});

/** Grants a key and revokes it. */
async function grantedAndRevoked() {
  expect((await grant(await scene.store.signInByForm(), ask({ callback_url: app.url() }))).location).toBe(
    SUCCESS,
  );
  const pair = delivered();
  expect((await scene.revoke(pair)).status).toBe(200);
  return pair;
}

test('a nonce that one process has removed is not usable at another, or after a restart', async () => {
  const used = scene.signed();
  expect(await scene.callSigned(used)).toBe('works');
  await wrongBy(HOUR);
  const env = { STORE_URL: scene.store.url, TRUST_PROXY: 'loopback' };
  const other = await startTestStore({ folder: scene.store.folder, clock, env });
  const answer = await other.browser().get(used, { host: new URL(scene.store.url).host });
  await other.app.close();
  await other.close();
  expect(answer.json()['message']).toBe('Invalid nonce - nonce has already been used.');
});

describe('an expired session', () => {
  test.each([
    ['without a visit', 2 * HOUR + SECOND],
    ['a day after signing in', 24 * HOUR + SECOND],
  ])('%s stays expired at any later setting of the clock', async (_name, later) => {
    const manager = await scene.store.signInByForm();
    expect(await isSignedIn(manager)).toBe(true);
    clock.pass(later);
    expect(await isSignedIn(manager)).toBe(false);
    await clean();
    for (const jump of [-later, -HOUR, YEAR]) {
      clock.pass(jump);
      expect(await isSignedIn(manager)).toBe(false);
    }
  });

  test('is not extended beyond its day by a clock that was set back', async () => {
    const manager = await scene.store.signInByForm();
    clock.pass(-HOUR);
    expect(await isSignedIn(manager)).toBe(true);
    clock.pass(25 * HOUR + SECOND);
    expect(await isSignedIn(manager)).toBe(false);
  });
});

describe('a grant whose callback is in flight', () => {
  test.each([HOUR, YEAR])(
    'fails when the clock jumps ahead (%i ms), and its key stays invalid',
    async (jump) => {
      const manager = await scene.store.signInByForm();
      app.program({ before: () => clock.pass(jump) });
      const page = await openConsent(manager, ask({ callback_url: app.url() }));
      expect((await approve(manager, page)).status).toBe(401);
      clock.pass(-jump);
      expect(await scene.call(delivered())).toBe(UNKNOWN);
      expect(await scene.store.app.consumerKeys.list()).toHaveLength(1);
    },
  );

  test.each([-HOUR, -YEAR])('succeeds when the clock is set back (%i ms)', async (jump) => {
    const manager = await scene.store.signInByForm();
    app.program({
      async before() {
        clock.pass(jump);
        await clean();
      },
    });
    expect((await grant(manager, ask({ callback_url: app.url() }))).location).toBe(SUCCESS);
    await clean();
    expect(await scene.call(delivered())).toBe('works');
  });
});
