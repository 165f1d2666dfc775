import { approve, ask, deny, openConsent, type Consent } from '../support/scenes/grant-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
let consent: Consent;
beforeEach(async () => {
  [store, app] = await Promise.all([startTestStore(), startHttpsReceiver()]);
  manager = await store.signIn();
  consent = await openConsent(manager, ask({ callback_url: app.url() }));
});
afterEach(() => Promise.all([store.close(), app.stop()]));

const keyCount = async () => (await store.app.consumerKeys.list()).length;
const SUCCESS = 'https://app.example/done?success=1&user_id=42';
const FAILED =
  'Error: An error occurred in the request and at the time were unable to send the consumer data.';

/** Delays the app's answer until `release` is called. */
function delayedAnswer(status = 200) {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const arrived = new Promise<void>((resolve) => {
    app.program({
      status,
      before: () => {
        resolve();
        return gate;
      },
    });
  });
  return { arrived, release };
}

test('50 simultaneous Approves of one nonce make one key and one callback, and get the same answer', async () => {
  app.program({ delayMs: 200 });
  const answers = await Promise.all(Array.from({ length: 50 }, () => approve(manager.copy(), consent)));
  expect(answers.map(({ status, location }) => [status, location])).toEqual(
    Array.from({ length: 50 }, () => [302, SUCCESS]),
  );
  expect(app.received()).toHaveLength(1);
  expect(await keyCount()).toBe(1);
});

test('25 Approves and 25 Denies at the same time are one decision with one answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? approve : deny)(manager.copy(), consent)),
  );
  const [location] = new Set(answers.map((answer) => answer.location));
  expect(new Set(answers.map((answer) => answer.location)).size).toBe(1);
  const granted = location === SUCCESS ? 1 : 0;
  expect([app.received().length, await keyCount()]).toEqual([granted, granted]);
});

test('a second submit returns the first outcome and creates nothing', async () => {
  await approve(manager, consent);
  const repeated = await approve(manager, consent);
  expect([repeated.status, repeated.location]).toEqual([302, SUCCESS]);
  expect([app.received().length, await keyCount()]).toEqual([1, 1]);
});

test('a second submit after a failure shows the same page and makes no second callback', async () => {
  app.program({ status: 503 });
  const first = await approve(manager, consent);
  app.program({ status: 200 });
  const repeated = await approve(manager, consent);
  expect([repeated.status, textOf(repeated.body)]).toEqual([401, textOf(first.body)]);
  expect(textOf(repeated.body)).toContain(FAILED);
  expect([app.received().length, await keyCount()]).toEqual([1, 0]);
});

test('an Approve after a Deny gets the Deny’s outcome', async () => {
  const denied = await deny(manager, consent);
  const then = await approve(manager, consent);
  expect(then.location).toBe(denied.location);
  expect([app.connections(), await keyCount()]).toEqual([0, 0]);
});

test('a Deny after an Approve gets the Approve’s outcome', async () => {
  await approve(manager, consent);
  expect((await deny(manager, consent)).location).toBe(SUCCESS);
  expect(await keyCount()).toBe(1);
});

describe('a second process on the same database', () => {
  let other: TestStore;
  let elsewhere: HttpBrowser;
  beforeEach(async () => {
    other = await startTestStore({ folder: store.folder, env: { STORE_URL: store.url } });
    elsewhere = other.browser();
    for (const [name, value] of manager.cookies) elsewhere.cookies.set(name, value);
  });
  afterEach(() => other.close());

  test.each([
    [200, 302, SUCCESS, 1],
    [500, 401, '', 0],
  ])(
    'waits for a callback in flight and returns its outcome: %i',
    async (appSays, status, location, keys) => {
      const { arrived, release } = delayedAnswer(appSays);
      const first = approve(manager, consent);
      await arrived;
      const second = approve(elsewhere, consent);
      const denied = deny(elsewhere, consent);
      // By the answer to this later request on the same instance, the submits before it are
      // waiting.
      await elsewhere.get('/login');
      release();
      for (const answer of await Promise.all([first, second, denied]))
        expect([answer.status, answer.location]).toEqual([status, location]);
      expect([app.received().length, await keyCount()]).toEqual([1, keys]);
    },
  );

  test('does not discard the key in flight when it starts or cleans up', async () => {
    const { arrived, release } = delayedAnswer();
    const first = approve(manager, consent);
    await arrived;
    await other.app.janitor.round();
    await other.app.janitor.discardUndelivered();
    const late = await startTestStore({ folder: store.folder, env: { STORE_URL: store.url } });
    expect((await late.app.consumerKeys.list()).map(({ pending }) => pending)).toEqual([true]);
    await late.close();
    release();
    expect((await first).location).toBe(SUCCESS);
    expect(await keyCount()).toBe(1);
  });

  test('makes one key from 50 Approves spread over both processes', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, at) => approve((at % 2 === 0 ? manager : elsewhere).copy(), consent)),
    );
    expect(new Set(answers.map((answer) => answer.location))).toEqual(new Set([SUCCESS]));
    expect([app.received().length, await keyCount()]).toEqual([1, 1]);
  });
});
