import { approve, ask, openConsent } from '../support/scenes/grant-scene';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { cleanAtOnce } from '../support/store/janitors';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { eventually, signedTarget } from '../support/scenes/rest-scene';
import { basic } from '../support/scenes/revocation-scene';
import { metricsAddress, type ServerProcess } from '../support/store/server-process';
import { describeOnPostgres } from '../support/store/on-engine';
import { isSignedIn } from '../support/store/test-store';

// Three server processes on one PostgreSQL, as on three machines: they share no file.

const SUCCESS = 'https://app.example/done?success=1&user_id=42';
const FAILURES = 6;
jest.setTimeout(60_000);

describeOnPostgres('three servers on one PostgreSQL', () => {
  let store: ProcessStore;
  let app: HttpsReceiver;
  let servers: readonly ServerProcess[];
  beforeAll(async () => {
    [store, app] = await Promise.all([
      processStore({
        SIGN_IN_FAILURES: String(FAILURES),
        FAILED_KEYS_PER_ADDRESS: String(FAILURES),
        METRICS_PORT: '0',
      }),
      startHttpsReceiver(),
    ]);
    servers = await Promise.all([store.serve(), store.serve(), store.serve()]);
  });
  beforeEach(() => {
    app.clear();
  });
  afterAll(async () => {
    await store.clear();
    await app.stop();
  });

  const server = (number: number) => servers[number]!;
  /** Returns the same browser at another server. */
  const at = (number: number, browser: HttpBrowser) => httpBrowser(server(number).url, browser.cookies);
  const overTls = (address: string) => ({ 'x-forwarded-proto': 'https', 'x-forwarded-for': address });

  test('let a manager sign in at one, see the consent page at another, approve at a third and sign out at the first', async () => {
    const manager = await store.signIn(server(0));
    const page = await openConsent(at(1, manager), ask({ callback_url: app.url() }));
    expect((await approve(at(2, manager), page)).location).toBe(SUCCESS);
    const given = JSON.parse(app.received()[0]!.body) as Record<string, string>;
    const pair = { consumerKey: given['consumer_key']!, consumerSecret: given['consumer_secret']! };
    for (const { url } of servers)
      expect(
        (await httpBrowser(url).get('/wc-auth/v1/verify', { ...overTls('192.0.2.9'), ...basic(pair) }))
          .status,
      ).toBe(200);

    for (const number of [0, 1, 2]) expect(await isSignedIn(at(number, manager))).toBe(true);
    const { action, fields } = (await at(0, manager).get('/wc-auth/v1/logout')).form('_wpnonce');
    const before = new Map(manager.cookies);
    await at(0, manager).post(action, fields);
    for (const number of [0, 1, 2])
      expect(await isSignedIn(httpBrowser(server(number).url, new Map(before)))).toBe(false);
  });

  test('answer a second Approve at another server with the outcome of the first, after its callback', async () => {
    const manager = await store.signIn(server(0));
    const page = await openConsent(manager, ask({ callback_url: app.url() }));
    let release = (): void => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const arrived = new Promise<void>((resolve) => {
      app.program({
        before: () => {
          resolve();
          return gate;
        },
      });
    });
    const first = approve(at(1, manager), page);
    await arrived;
    const ended: string[] = [];
    const others = [0, 2].map(async (number) => {
      const { location } = await approve(at(number, manager), page);
      ended.push(location);
    });
    // By these answers the waiting submits have checked more than once.
    for (let time = 0; time < 10; time++) for (const number of [0, 2]) await at(number, manager).get('/keys');
    expect(ended).toEqual([]);
    release();
    expect((await first).location).toBe(SUCCESS);
    await Promise.all(others);
    expect(ended).toEqual([SUCCESS, SUCCESS]);
    expect(app.received()).toHaveLength(1);
  });

  test('count wrong passwords together', async () => {
    const statuses: number[] = [];
    for (let time = 0; time < FAILURES + 3; time++) {
      const browser = httpBrowser(server(time % 3).url);
      const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
      const form = { ...fields, username: 'somebody', password: 'wrong' };
      statuses.push((await browser.post('/login', form, { 'x-forwarded-for': '192.0.2.1' })).status);
    }
    expect(statuses).toEqual([...Array<number>(FAILURES).fill(200), 429, 429, 429]);
  });

  test('count wrong keys together, as soon as they are saved', async () => {
    const wrong = { consumerKey: `ck_${'0'.repeat(40)}`, consumerSecret: `cs_${'0'.repeat(40)}` };
    const guess = async (number: number) =>
      (
        await httpBrowser(server(number).url).get('/wp-json/wc/v3/orders', {
          ...overTls('198.51.100.7'),
          ...basic(wrong),
        })
      ).status;
    for (let time = 0; time < FAILURES; time++) expect(await guess(time % 2)).toBe(401);
    // Each server saves its counts a moment later.
    for (const number of [2, 0, 1])
      await eventually(async () => ((await guess(number)) === 429 ? true : undefined), 10_000);
  });

  test('accept a nonce once in each of many rounds, with a hundred copies at all three', async () => {
    const key = await store.issue();
    for (let round = 0; round < 12; round++) {
      const target = signedTarget(key, {
        path: '/wc-auth/v1/verify',
        timestamp: Math.floor(Date.now() / 1000),
        origin: 'https://store.test',
      });
      const copies = Array.from({ length: 100 }, async (_, copy) => {
        const headers = { ...overTls('203.0.113.5'), host: 'store.test' };
        return (await httpBrowser(server(copy % 3).url).get(target, headers)).status;
      });
      const statuses = (await Promise.all(copies)).sort();
      expect(statuses).toEqual([200, ...Array<number>(99).fill(401)]);
    }
  });

  test('share one history, while each counts its own metrics', async () => {
    const granted = async (number: number) => {
      const { body } = await httpBrowser(metricsAddress(server(number))).get('/metrics');
      return Number(/^wc_auth_grants_total\{outcome="approved"\} (\d+)$/m.exec(body)?.[1]);
    };
    const before = await Promise.all([0, 1, 2].map(granted));
    const manager = await store.signIn(server(0));
    const name = `Parcel Pilot ${Math.random()}`;
    const page = await openConsent(manager, ask({ callback_url: app.url(), app_name: name }));
    await approve(at(1, manager), page);
    for (const number of [0, 1, 2])
      expect((await at(number, manager).get('/history')).body.split(name).length).toBeGreaterThan(1);
    expect(await Promise.all([0, 1, 2].map(granted))).toEqual([before[0], before[1]! + 1, before[2]]);
  });

  test('clean up at the same time under load without harm', async () => {
    const key = await store.issue();
    const manager = await store.signIn(server(0));
    const page = await openConsent(manager, ask({ callback_url: app.url() }));
    app.program({
      // While a key is in flight, which the janitors look for.
      before: () => cleanAtOnce(store.folder, 4),
    });
    const answer = approve(manager, page);
    for (let time = 0; time < 20; time++) {
      const headers = { ...overTls('203.0.113.6'), ...basic(key) };
      expect((await httpBrowser(server(time % 3).url).get('/wc-auth/v1/verify', headers)).status).toBe(200);
    }
    expect((await answer).location).toBe(SUCCESS);
    expect(await isSignedIn(manager)).toBe(true);
  });
});
