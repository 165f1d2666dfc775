import { createHmac } from 'node:crypto';
import { sealing } from '../../server/consumer-keys/sealing';
import { secretKey } from '../../server/storage/secret-key';
import { approve, ask, deny, grant, openConsent } from '../support/scenes/grant-scene';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { keyRow } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let app: HttpsReceiver;
const clock = fakeClock(Date.UTC(2026, 0, 31, 9, 5, 7, 890));
beforeEach(async () => {
  [store, app] = await Promise.all([startTestStore({ clock }), startHttpsReceiver()]);
});
afterEach(() => Promise.all([store.close(), app.stop()]));

/** Returns the pair that the app received. */
const received = (at = 0) =>
  JSON.parse(app.received()[at]!.body) as {
    key_id: number;
    user_id: string;
    consumer_key: string;
    consumer_secret: string;
    key_permissions: string;
  };
const row = (keyId: number) => keyRow(store, keyId);

describe('Approve', () => {
  test('makes a key, delivers it to the app and returns the manager with success=1', async () => {
    const manager = await store.signIn();
    const answer = await grant(manager, ask({ callback_url: app.url(), scope: 'write' }));
    expect([answer.status, answer.location]).toEqual([302, 'https://app.example/done?success=1&user_id=42']);
    expect(app.received()).toHaveLength(1);
    expect(Object.keys(received())).toEqual([
      'key_id',
      'user_id',
      'consumer_key',
      'consumer_secret',
      'key_permissions',
    ]);
    expect(received()).toEqual({
      key_id: expect.any(Number),
      user_id: '42',
      consumer_key: expect.stringMatching(/^ck_[0-9a-f]{40}$/),
      consumer_secret: expect.stringMatching(/^cs_[0-9a-f]{40}$/),
      key_permissions: 'write',
    });
    expect(app.received()[0]?.headers).toMatchObject({
      'content-type': 'application/json;charset=UTF-8',
      'user-agent': `WordPress/7.1; ${store.url}`,
      'x-wc-webhook-source': `${store.url}/`,
    });
  });

  test('redirects the browser only after the app has answered the callback', async () => {
    const manager = await store.signIn();
    const order: string[] = [];
    app.program({ before: () => order.push('callback'), delayMs: 50 });
    await grant(manager, ask({ callback_url: app.url() })).then(() => order.push('redirect'));
    expect(order).toEqual(['callback', 'redirect']);
    expect(app.received()).toHaveLength(1);
  });

  test('stores the key hashed as WooCommerce does, and the secret sealed to its row', async () => {
    await grant(await store.signIn(), ask({ callback_url: app.url('/cb?x=1'), user_id: 'm-7' }));
    const { key_id, consumer_key, consumer_secret } = received();
    const stored = await row(key_id);
    const hash = createHmac('sha256', 'wc-api').update(consumer_key).digest('hex');
    expect(stored).toMatchObject({
      user_id: (await store.userOf()).userId,
      permissions: 'read_write',
      description: 'Parcel Pilot - API (2026-01-31 09:05:07)',
      consumer_key: hash,
      truncated_key: consumer_key.slice(-7),
      last_access: null,
      app_name: 'Parcel Pilot',
      app_user_id: 'm-7',
      callback_origin: `https://localhost:${app.port}`,
      created_at: clock(),
      pending_until: null,
      pending_lease: null,
    });
    const key = secretKey('test-secret-key-test-secret-key-0123').derive('consumer secrets');
    expect(sealing(key).open(String(stored['consumer_secret']), hash)).toBe(consumer_secret);
  });

  test.each([
    ['x'.repeat(170), 'x'.repeat(170)],
    ['x'.repeat(171), `${'x'.repeat(167)}...`],
    ['<b>Bold</b>\u202e app', 'Bold app'],
    ['  Spaces\n and\ttabs ', 'Spaces and tabs'],
  ])('describes the key with the app name %j', async (appName, described) => {
    await grant(await store.signIn(), ask({ callback_url: app.url(), app_name: appName }));
    expect((await row(received().key_id))['description']).toBe(`${described} - API (2026-01-31 09:05:07)`);
  });

  test('gives an app without a visible name a placeholder name, and it can be disconnected', async () => {
    const browser = await store.signIn();
    await grant(browser, ask({ callback_url: app.url(), app_name: '<i></i>' }));
    expect((await row(received().key_id))['app_name']).toBe('An app without a name');
    const href = /href="([^"]*\/apps\/disconnect[^"]*)"/.exec((await browser.get('/apps')).body)?.[1] ?? '';
    expect((await browser.get(href.replaceAll('&amp;', '&'))).status).toBe(200);
  });

  test('stores no app name that is too long for the filter of the list', async () => {
    const browser = await store.signIn();
    await grant(browser, ask({ callback_url: app.url(), app_name: 'x'.repeat(1_000) }));
    const name = String((await row(received().key_id))['app_name']);
    expect((await browser.get(`/keys?app=${name}`)).status).toBe(200);
  });

  test('makes a different pair each time', async () => {
    const manager = await store.signIn();
    for (let count = 0; count < 3; count++) await grant(manager, ask({ callback_url: app.url() }));
    const halves = [0, 1, 2].flatMap((at) => [received(at).consumer_key, received(at).consumer_secret]);
    expect(new Set(halves.map((half) => half.slice(3))).size).toBe(6);
  });

  test('works for a shop manager, who then owns the key', async () => {
    const keeper = await store.addUser('keeper', 'shop_manager');
    await grant(await store.signIn('keeper'), ask({ callback_url: app.url() }));
    expect((await row(received().key_id))['user_id']).toBe(keeper.userId);
  });
});

describe('Deny', () => {
  test('creates nothing, calls no app and returns the manager with success=0', async () => {
    const manager = await store.signIn();
    const answer = await deny(manager, await openConsent(manager, ask({ callback_url: app.url() })));
    expect([answer.status, answer.location]).toEqual([302, 'https://app.example/done?success=0&user_id=42']);
    expect(app.connections()).toBe(0);
    expect(await store.app.consumerKeys.list()).toEqual([]);
  });
});

describe('the audit log of grants', () => {
  test('records who approved and denied what, and why a delivery failed, without key material', async () => {
    const manager = await store.signIn();
    const who = {
      userId: (await store.userOf()).userId,
      login: 'manager',
      address: '127.0.0.1',
      at: clock(),
    };
    const what = { appName: 'Parcel Pilot', callbackOrigin: `https://localhost:${app.port}` };
    const asked = ask({ callback_url: app.url() });
    await grant(manager, asked);
    await deny(manager, await openConsent(manager, asked));
    app.program({ status: 500, body: 'answer body' });
    await grant(manager, asked);
    const [failed, denied, approved, signedIn] = await store.app.audit.list(4);
    expect(signedIn).toMatchObject({ ...who, event: 'session.signed_in' });
    expect(approved).toMatchObject({
      ...who,
      ...what,
      event: 'grant.approved',
      keyId: received().key_id,
      detail: { permissions: 'read_write' },
    });
    expect(denied).toMatchObject({ ...who, ...what, event: 'grant.denied', keyId: undefined });
    expect(failed).toMatchObject({
      ...who,
      ...what,
      event: 'grant.delivery_failed',
      detail: { reason: 'status' },
    });
    expect(JSON.stringify([failed, denied, approved])).not.toMatch(/ck_|cs_|answer body/);
  });

  test('has one entry for a form that was sent several times', async () => {
    const manager = await store.signIn();
    const consent = await openConsent(manager, ask({ callback_url: app.url() }));
    for (let count = 0; count < 3; count++) await approve(manager, consent);
    await deny(manager, consent);
    expect((await store.app.audit.list(10)).map(({ event }) => event)).toEqual([
      'grant.approved',
      'session.signed_in',
    ]);
  });
});
