import { createHash } from 'node:crypto';
import { approve, ask, openConsent, route, type Ask, type Consent } from '../support/scenes/grant-scene';
import { linkHref, textOf } from '../support/http/html-forms';
import { without, type HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

const clock = fakeClock();
let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
let consent: Consent;
beforeEach(async () => {
  [store, app] = await Promise.all([startTestStore({ clock }), startHttpsReceiver()]);
  manager = await store.signIn();
  consent = await openConsent(manager, ask({ callback_url: app.url() }));
});
afterEach(() => Promise.all([store.close(), app.stop()]));

const GRANTED = '/wc-auth/v1/access_granted';
const submit = (fields: Record<string, string>, browser = manager, target = GRANTED) =>
  browser.post(target, fields);

async function expectNothingMade(): Promise<void> {
  expect(await store.app.consumerKeys.list()).toEqual([]);
  expect(app.connections()).toBe(0);
}

async function expectRejected(fields: Record<string, string>, browser = manager): Promise<void> {
  for (const target of [GRANTED, '/wc-auth/v1/access_denied']) {
    const answer = await submit(fields, browser, target);
    expect([answer.status, textOf(answer.body)]).toEqual([
      401,
      expect.stringContaining('Error: Invalid nonce verification.'),
    ]);
    expect(answer.location).toBe('');
  }
  await expectNothingMade();
}

describe('the nonce of a consent form', () => {
  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['wrong', '0'.repeat(40)],
    ['one of another form', 'log-out'],
  ])('is rejected when it is %s', async (_what, nonce) => {
    const rest = without(consent.fields, 'wc_auth_nonce');
    await expectRejected(nonce === undefined ? rest : { ...rest, wc_auth_nonce: nonce });
  });

  const swaps: readonly (readonly [keyof Ask, string])[] = [
    ['app_name', 'Parcel Pilot 2'],
    ['user_id', '43'],
    ['return_url', 'https://evil.example/done'],
    ['callback_url', 'https://localhost:2/cb'],
    ['scope', 'read'],
  ];
  test.each(swaps)('is rejected when %s differs from what the manager consented to', async (name, value) => {
    await expectRejected({ ...consent.fields, [name]: value });
  });

  test('is rejected when the parameters are in the query and one of them was changed', async () => {
    const answer = await submit(
      { wc_auth_nonce: consent.nonce },
      manager,
      route('access_granted', ask({ callback_url: 'https://localhost:2/cb' })),
    );
    expect(answer.status).toBe(401);
    await expectNothingMade();
  });

  test('is rejected when it is in the query', async () => {
    const { wc_auth_nonce: nonce = '', ...rest } = consent.fields;
    const answer = await submit(rest, manager, `${GRANTED}?wc_auth_nonce=${nonce}`);
    expect(answer.status).toBe(401);
    await expectNothingMade();
  });

  test('is rejected when it is an array', async () => {
    const { wc_auth_nonce: nonce = '', ...rest } = consent.fields;
    await expectRejected({ ...rest, 'wc_auth_nonce[]': nonce });
  });

  test('is rejected when another manager, or another browser of the same manager, sends it', async () => {
    await store.addUser('second', 'administrator');
    await expectRejected({ ...consent.fields }, await store.signIn('second'));
    await expectRejected({ ...consent.fields }, await store.signIn());
  });

  test('is rejected after the manager has signed out and in again', async () => {
    const { action, fields } = consent.page.form('_wpnonce');
    await manager.post(action, fields);
    await expectRejected({ ...consent.fields }, await store.signIn());
  });

  test('is rejected a day after the page was opened', async () => {
    // The settings keep the session alive, so that only the request grows old.
    store = await reopened({ SESSION_IDLE_MINUTES: '3000', SESSION_ABSOLUTE_HOURS: '50' });
    clock.pass(24 * 3_600_000);
    await expectRejected({ ...consent.fields });
  });

  test('is rejected on a page that offers to start again with one click', async () => {
    const answer = await submit({ ...consent.fields, wc_auth_nonce: 'stale' });
    const retry = linkHref(answer.body, 'wc-auth-retry') ?? '';
    expect(retry).toBe(route('authorize', ask({ callback_url: app.url() })));
    expect((await manager.get(retry)).body).toContain('wc-auth-approve');
  });
});

/** Opens the same scene with other settings. */
async function reopened(env: Record<string, string>): Promise<TestStore> {
  await store.close();
  const next = await startTestStore({ clock, env });
  manager = await next.signIn();
  consent = await openConsent(manager, ask({ callback_url: app.url() }));
  return next;
}

describe('GET and HEAD requests to the decision routes', () => {
  test.each(['GET', 'HEAD'])(
    'show the consent page instead of deciding, even with a valid nonce: %s',
    async (method) => {
      const query = new URLSearchParams({ ...consent.fields }).toString();
      for (const name of ['access_granted', 'access_denied']) {
        const answer = await manager.send(method, `/wc-auth/v1/${name}?${query}`);
        expect(answer.status).toBe(200);
        if (method === 'GET') expect(answer.body).toContain('wc-auth-approve');
      }
      await expectNothingMade();
      expect((await approve(manager, consent)).status).toBe(302);
    },
  );

  test('decide nothing with the nonce in a body', async () => {
    const answer = await manager.send('GET', route('access_granted', ask({ callback_url: app.url() })), {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `wc_auth_nonce=${consent.nonce}`,
    });
    expect(answer.status).toBe(200);
    await expectNothingMade();
  });
});

describe('the role of the manager at the moment of Approve', () => {
  test('is read again: a manager demoted since the consent page is rejected', async () => {
    await store.app.users.setRole((await store.userOf()).userId, 'customer');
    const answer = await approve(manager, consent);
    expect([answer.status, textOf(answer.body)]).toEqual([
      401,
      expect.stringContaining('Error: You do not have permission to access this page.'),
    ]);
    await expectNothingMade();
  });

  test('is read again: a manager disabled since the consent page is rejected', async () => {
    await store.app.users.setDisabled((await store.userOf()).userId, clock());
    expect((await approve(manager, consent)).status).toBe(401);
    await expectNothingMade();
  });

  test('is read again: a manager removed since the consent page is rejected, and the request is deleted', async () => {
    await store.app.users.remove((await store.userOf()).userId);
    expect((await approve(manager, consent)).status).toBe(401);
    expect(await store.database.knex('grant_requests')).toEqual([]);
    await expectNothingMade();
  });

  test('is not enough once the session has expired', async () => {
    clock.pass(121 * 60_000);
    expect((await approve(manager, consent)).status).toBe(401);
    await expectNothingMade();
  });
});

test('two consent pages of one manager are two requests that are decided separately', async () => {
  const second = await openConsent(manager, ask({ callback_url: app.url(), scope: 'read' }));
  expect(second.nonce).not.toBe(consent.nonce);
  expect(consent.nonce).toMatch(/^[0-9a-f]{40}$/);
  await approve(manager, second);
  await approve(manager, consent);
  const keys = await store.app.consumerKeys.list();
  expect(keys.map(({ permissions }) => permissions)).toEqual(['read', 'read_write']);
});

describe('while a server without limits of keys runs on the same database', () => {
  const requests = () => store.database.knex('grant_requests');
  /** As that version stores a nonce and looks for it. */
  const olderHash = () => createHash('sha256').update(consent.nonce).digest('hex');

  test('it does not find the request of a form of this version, whose choices it would ignore', async () => {
    expect(await requests()).toHaveLength(1);
    expect(await requests().where({ nonce_hash: olderHash() })).toEqual([]);
  });

  test('its own form, which offers no choices, counts', async () => {
    await requests().update({ nonce_hash: olderHash() });
    const { fields } = consent;
    const offered = Object.keys(ask({ callback_url: app.url() }));
    const older = Object.fromEntries(
      Object.entries(fields).filter(([name]) => [...offered, 'wc_auth_nonce'].includes(name)),
    );
    expect(Object.keys(older).length).toBeLessThan(Object.keys(fields).length);
    expect((await submit(older)).status).toBe(302);
    expect(await store.app.consumerKeys.list()).toMatchObject([{ permissions: fields['scope'] }]);
  });
});
