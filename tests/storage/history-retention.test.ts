import { setImmediate as nextTurn } from 'node:timers/promises';
import { post } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import { fakeClock, startTestStore, type Clock, type TestStore } from '../support/store/test-store';

const DAY_MS = 86_400_000;

let clock: Clock;
let store: TestStore;
async function start(env: Readonly<Record<string, string>> = {}): Promise<void> {
  clock = fakeClock(Date.UTC(2026, 0, 31, 12));
  store = await startTestStore({ env, clock });
}
afterEach(() => store.close());

const round = () => store.app.janitor.round();

/** Records denials, one a day, the last one now. */
async function aDenialADay(days: number): Promise<void> {
  for (let day = 1; day <= days; day++) {
    if (day > 1) clock.pass(DAY_MS);
    await store.app.audit.record({
      event: 'grant.denied',
      at: clock(),
      login: 'mara',
      appName: `Day ${day}`,
    });
  }
}

const appNames = async () => (await store.app.audit.list(100)).map(({ appName }) => appName);

/** Inserts many entries of one moment, in the form of the server. */
async function insertMany(count: number, entry: Readonly<Record<string, unknown>>): Promise<void> {
  for (let done = 0; done < count; done += 500)
    await store.database
      .knex('audit_events')
      .insert(Array.from({ length: Math.min(500, count - done) }, () => entry));
}

describe('entries of the history', () => {
  test.each([
    ['30', 30 * DAY_MS],
    ['', 400 * DAY_MS],
  ])('are removed when they are older than HISTORY_DAYS=%j allows', async (HISTORY_DAYS, kept) => {
    await start({ HISTORY_DAYS });
    await aDenialADay(3);
    clock.pass(kept - 2 * DAY_MS);
    await round();
    expect(await appNames()).toEqual(['Day 3', 'Day 2', 'Day 1']);
    clock.pass(1);
    await round();
    expect(await appNames()).toEqual(['Day 3', 'Day 2']);
    clock.pass(2 * DAY_MS);
    await round();
    expect(await appNames()).toEqual([]);
  });

  test('are all kept with HISTORY_DAYS=0', async () => {
    await start({ HISTORY_DAYS: '0' });
    await aDenialADay(2);
    clock.pass(10_000 * DAY_MS);
    await round();
    expect(await appNames()).toEqual(['Day 2', 'Day 1']);
  });

  test.each([
    ['grant.denied', { HISTORY_DAYS: '10' }, []],
    ['session.sign_in_failed', {}, [{ event: 'session.sign_in_failed', detail: { count: 2_500 } }]],
  ])(
    'are removed or counted in batches, so that thousands of %s do not delay another write',
    async (event, env, left) => {
      await start(env);
      await insertMany(2_500, { event, at: clock(), address: '192.0.2.1', detail: '{}' });
      clock.pass(40 * DAY_MS);
      const state = { isOver: false };
      const cleaning = round().finally(() => (state.isOver = true));
      let written = 0;
      for (; !state.isOver; written++) {
        // The cleanup gets its turn, too.
        await nextTurn();
        await store.app.audit.record({ event: 'grant.denied', at: clock(), login: 'meanwhile' });
      }
      await cleaning;
      expect(written).toBeGreaterThan(5);
      const others = (await store.app.audit.list(5_000)).filter(({ login }) => login === undefined);
      expect(others).toMatchObject(left);
      expect(others).toHaveLength(left.length);
    },
  );
});

describe('failed sign-ins in the history', () => {
  async function failToSignIn(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const browser = store.browser();
      const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
      await browser.post('/login', { ...fields, username: 'manager', password: `guess ${time}` });
    }
  }
  const failures = async () =>
    (await store.app.audit.list(100, { event: 'session.sign_in_failed' })).map(({ at, address, detail }) => ({
      at: new Date(at).toISOString(),
      address,
      detail,
    }));
  const counted = (day: string, count: number) => ({ at: `${day}T00:00:00.000Z`, detail: { count } });

  test('older than 30 days become one entry a day with their count and without addresses', async () => {
    await start();
    await failToSignIn(3);
    await post(await store.signIn(), '/keys/revoke', {});
    clock.pass(DAY_MS);
    await failToSignIn(2);
    clock.pass(29 * DAY_MS);
    await round();
    expect((await failures()).map(({ address }) => address)).toEqual(Array(5).fill('127.0.0.1'));

    clock.pass(1);
    await round();
    const recent = { at: '2026-02-01T12:00:00.000Z', address: '127.0.0.1', detail: {} };
    expect(await failures()).toEqual([recent, recent, counted('2026-01-31', 3)]);
    clock.pass(DAY_MS);
    await round();
    await round();
    expect(await failures()).toEqual([counted('2026-02-01', 2), counted('2026-01-31', 3)]);
    expect((await store.app.audit.list(100)).map(({ event }) => event)).toContain('session.signed_in');

    const administrator = await store.signIn();
    const page = textOf((await administrator.get('/history?event=session.sign_in_failed')).body);
    expect(page).toContain('Wrong password Times on this day (UTC): 2 Not signed in –');
    const { body: csv } = await administrator.get('/history.csv?event=session.sign_in_failed');
    expect(csv).toContain(
      '"2026-01-31T00:00:00.000Z","session.sign_in_failed","","","","","","{""count"":3}"',
    );
  });

  test('of a day that already has a count are added to it', async () => {
    await start();
    await failToSignIn(2);
    clock.pass(3_600_000);
    await failToSignIn(4);
    clock.pass(30 * DAY_MS - 1_000);
    await round();
    expect(await failures()).toHaveLength(5);
    clock.pass(2_000);
    await round();
    expect(await failures()).toEqual([counted('2026-01-31', 6)]);
  });

  test('are removed with their count after HISTORY_DAYS', async () => {
    await start();
    await failToSignIn(1);
    clock.pass(31 * DAY_MS);
    await round();
    expect(await failures()).toMatchObject([{ detail: { count: 1 } }]);
    clock.pass(370 * DAY_MS);
    await round();
    expect(await failures()).toEqual([]);
  });
});
