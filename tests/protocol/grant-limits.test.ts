import { RESOURCES } from '../../server/consumer-keys/key-limits';
import { linkHref, textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { approve, ask, openConsent, type Ask } from '../support/scenes/grant-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

const DAY_MS = 86_400_000;
const clock = fakeClock();
let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
let asked: Ask;

async function open(env: Readonly<Record<string, string>> = {}): Promise<void> {
  [store, app] = await Promise.all([startTestStore({ clock, env }), startHttpsReceiver()]);
  manager = await store.signIn();
  asked = ask({ callback_url: app.url() });
}
afterEach(() => Promise.all([store.close(), app.stop()]));

type Changes = Readonly<Record<string, string | undefined>>;

/** Presses Approve after changing fields of the form. `undefined` removes a field. */
async function approveWith(changes: Changes, parameters = asked) {
  const consent = await openConsent(manager, parameters);
  const fields = Object.entries({ ...consent.fields, ...changes }).filter(
    (field): field is [string, string] => field[1] !== undefined,
  );
  return manager.post('/wc-auth/v1/access_granted', fields);
}

const without = (...groups: string[]): Changes =>
  Object.fromEntries(groups.map((group) => [`resources[${group}]`, undefined]));
const keys = () => store.app.consumerKeys.list();
const sent = () => JSON.parse(app.received().at(-1)?.body ?? '{}') as Record<string, unknown>;
const newest = async () => (await store.app.audit.list(1))[0];

describe('what the manager chooses on the consent page', () => {
  beforeEach(() => open());

  test('nothing: the key has no limits, as before', async () => {
    expect((await approve(manager, await openConsent(manager, asked))).status).toBe(302);
    expect(await keys()).toMatchObject([
      { permissions: 'read_write', limits: { expiresAt: null, resources: null, addresses: null } },
    ]);
    expect((await newest())?.detail).toEqual({ permissions: 'read_write', ms: expect.any(Number) });
  });

  test.each(['read', 'write'])(
    'less than read_write: the app learns that it holds %s',
    async (permissions) => {
      expect((await approveWith({ key_permissions: permissions })).status).toBe(302);
      expect(await keys()).toMatchObject([{ permissions }]);
      expect(Object.keys(sent())).toEqual([
        'key_id',
        'user_id',
        'consumer_key',
        'consumer_secret',
        'key_permissions',
      ]);
      expect(sent()['key_permissions']).toBe(permissions);
      expect(await newest()).toMatchObject({ event: 'grant.approved', detail: { permissions } });
    },
  );

  test('some groups: only these are in the row, and the app is told nothing of them', async () => {
    expect((await approveWith(without('customers', 'settings', 'webhooks', 'other'))).status).toBe(302);
    const resources = ['orders', 'products', 'coupons', 'reports'];
    expect(await keys()).toMatchObject([{ limits: { resources } }]);
    expect(Object.keys(sent())).toHaveLength(5);
    expect(await newest()).toMatchObject({ detail: { resources: resources.join(' ') } });
  });

  test.each([30, 90, 365])('an end in %d days', async (days) => {
    expect((await approveWith({ access_ends: String(days) })).status).toBe(302);
    const expiresAt = clock() + days * DAY_MS;
    expect(await keys()).toMatchObject([{ limits: { expiresAt } }]);
    expect(await newest()).toMatchObject({ detail: { expires: new Date(expiresAt).toISOString() } });
  });

  test('one group and an end together, for an app that only reads', async () => {
    const all = RESOURCES.filter((name) => name !== 'orders');
    const answer = await approveWith(
      { ...without(...all), access_ends: '30' },
      ask({ ...asked, scope: 'read' }),
    );
    expect(answer.status).toBe(302);
    expect(await keys()).toMatchObject([{ permissions: 'read', limits: { resources: ['orders'] } }]);
  });

  test('the first of two different submits decides', async () => {
    const { fields } = await openConsent(manager, asked);
    const first = { ...fields, key_permissions: 'read' };
    expect((await manager.post('/wc-auth/v1/access_granted', first)).status).toBe(302);
    expect((await manager.post('/wc-auth/v1/access_granted', fields)).status).toBe(302);
    expect(await keys()).toMatchObject([{ permissions: 'read' }]);
  });

  test('a form of a page without these choices grants as before', async () => {
    const old = Object.fromEntries(RESOURCES.map((name) => [`resources[${name}]`, undefined]));
    const changes = { ...old, limits: undefined, access_ends: undefined, key_permissions: undefined };
    expect((await approveWith(changes)).status).toBe(302);
    expect(await keys()).toMatchObject([{ permissions: 'read_write', limits: { resources: null } }]);
  });

  test('no group at all: the page says what to do, and the request is not decided', async () => {
    const consent = await openConsent(manager, asked);
    const none = Object.entries(consent.fields).filter(([name]) => !name.startsWith('resources'));
    const answer = await manager.post('/wc-auth/v1/access_granted', none);
    expect(answer.status).toBe(401);
    expect(textOf(answer.body)).toContain(
      'Error: Tick at least one group. A key without a group would open nothing.',
    );
    expect(linkHref(answer.body, 'wc-auth-retry')).toContain('/wc-auth/v1/authorize?');
    expect([await keys(), app.received()]).toEqual([[], []]);
    expect((await approve(manager, consent)).status).toBe(302);
  });
});

describe('an edited form widens nothing', () => {
  const READ = { scope: 'read' };
  test.each<[string, Changes, Partial<Ask>?]>([
    ['more than the app asked for', { key_permissions: 'read_write' }, READ],
    ['another permission than the app asked for', { key_permissions: 'write' }, READ],
    ['an unknown permission', { key_permissions: 'admin' }],
    ['a permission in capitals', { key_permissions: 'READ' }],
    ['a list of permissions', { 'key_permissions[]': 'read' }],
    ['a permission that is not UTF-8', { key_permissions: 'raw:%FF' }],
    ['an unknown group', { 'resources[everything]': '1' }],
    ['a group in capitals', { 'resources[ORDERS]': '1' }],
    ['a group named like a property', { 'resources[__proto__]': '1' }],
    ['groups as one text', { resources: 'orders' }],
    ['groups as a list of texts', { 'resources[]': 'orders' }],
    ['a lifetime that is not offered', { access_ends: '31' }],
    ['a lifetime of no days', { access_ends: '0' }],
    ['a negative lifetime', { access_ends: '-30' }],
    ['a lifetime with a fraction', { access_ends: '30.0' }],
    ['a lifetime in words', { access_ends: 'forever' }],
    ['a lifetime with white space', { access_ends: ' 30' }],
    ['a list of lifetimes', { 'access_ends[]': 'never' }],
    ['a lifetime that is not UTF-8', { access_ends: 'raw:%C3%28' }],
    ['an overlap that is not offered', { overlap: '365' }],
    ['a negative overlap', { overlap: '-1' }],
    ['a list of overlaps', { 'overlap[]': '7' }],
    ['an overlap in words', { overlap: 'never' }],
  ])('%s', async (_what, changes, over = {}) => {
    await open();
    const consent = await openConsent(manager, { ...asked, ...over });
    const body = Object.entries({ ...consent.fields, ...changes }).map(([name, value = '']) => {
      const raw = value.startsWith('raw:') ? value.slice(4) : encodeURIComponent(value);
      return `${encodeURIComponent(name)}=${raw}`;
    });
    const answer = await manager.post('/wc-auth/v1/access_granted', body.join('&'));
    expect(answer.status).toBe(401);
    expect(textOf(answer.body)).toMatch(/Error: \w+ has a value that the page did not offer\./);
    expect(linkHref(answer.body, 'wc-auth-retry')).toContain('/wc-auth/v1/authorize?');
    expect([
      await keys(),
      app.received(),
      await store.app.audit.list(9, { event: 'grant.approved' }),
    ]).toEqual([[], [], []]);
    // The request is still open, and its page still works.
    expect((await approve(manager, consent)).status).toBe(302);
  });
});

describe('the lifetimes that the operator allows', () => {
  const options = async () => {
    const { page } = await openConsent(manager, asked);
    const [, list = ''] = /<select id="access_ends"[^>]*>([\s\S]*?)<\/select>/.exec(page.body) ?? [];
    return [...list.matchAll(/value="([^"]*)"( selected)?/g)].map(([, value, chosen]) =>
      chosen === undefined ? value : `${value}*`,
    );
  };

  test.each<[Record<string, string>, string[]]>([
    [{}, ['never*', '30', '90', '365']],
    [{ KEY_LIFETIME_DAYS: '90' }, ['never', '30', '90*', '365']],
    [{ KEY_LIFETIME_DAYS: '14' }, ['never', '14*', '30', '90', '365']],
    [{ KEY_LIFETIME_MAX_DAYS: '100' }, ['30', '90', '100*']],
    [{ KEY_LIFETIME_DAYS: '30', KEY_LIFETIME_MAX_DAYS: '90' }, ['30*', '90']],
    [{ KEY_LIFETIME_MAX_DAYS: '7' }, ['7*']],
  ])('%j offers %j', async (env, offered) => {
    await open(env);
    expect(await options()).toEqual(offered);
    expect((await approve(manager, await openConsent(manager, asked))).status).toBe(302);
    const chosen = offered.find((one) => one.endsWith('*'))?.slice(0, -1);
    const expiresAt = chosen === 'never' ? null : clock() + Number(chosen) * DAY_MS;
    expect(await keys()).toMatchObject([{ limits: { expiresAt } }]);
  });

  test.each(['never', '365'])('%s is rejected above the maximum', async (accessEnds) => {
    await open({ KEY_LIFETIME_MAX_DAYS: '90' });
    const answer = await approveWith({ access_ends: accessEnds });
    expect([answer.status, await keys()]).toEqual([401, []]);
  });

  test('a form without the choice gets the default', async () => {
    await open({ KEY_LIFETIME_DAYS: '30' });
    expect((await approveWith({ access_ends: undefined })).status).toBe(302);
    expect(await keys()).toMatchObject([{ limits: { expiresAt: clock() + 30 * DAY_MS } }]);
  });
});

describe('a held key that the new one replaces', () => {
  beforeEach(() => open());
  const held = async () => {
    await approve(manager, await openConsent(manager, asked));
    return (await keys()).at(-1)!;
  };

  test.each(['1', '7', '30'])('works for %s more days, and the history says so', async (overlap) => {
    const before = await held();
    await approveWith({ revoke_key_ids: String(before.keyId), overlap });
    const [old, made] = await keys();
    const expiresAt = clock() + Number(overlap) * DAY_MS;
    expect(old).toMatchObject({ keyId: before.keyId, limits: { expiresAt }, replacedBy: made?.keyId });
    expect(made).toMatchObject({ limits: { expiresAt: null }, replacedBy: null });
    expect(await newest()).toMatchObject({
      event: 'key.replaced',
      keyId: before.keyId,
      detail: { by: 'grant', byKey: made?.keyId, expires: new Date(expiresAt).toISOString() },
    });
  });

  test('is one of several, and the page of the new key links to each', async () => {
    const ids = [await held(), await held(), await held()].map(({ keyId }) => keyId);
    const { fields } = await openConsent(manager, asked);
    const ticked = [ids[0], ids[2]].map((id): [string, string] => ['revoke_key_ids', String(id)]);
    await manager.post('/wc-auth/v1/access_granted', [...Object.entries(fields), ...ticked]);
    const made = (await keys()).at(-1)!;
    const { body } = await manager.get(`/keys/${made.keyId}`);
    expect(textOf(body)).toContain(`Replaces Key ${ids[0]} Key ${ids[2]} `);
    for (const id of [ids[0], ids[2]]) expect(body).toContain(`href="/keys/${id}"`);
  });

  test('works for 7 more days if nothing else is chosen', async () => {
    const { keyId } = await held();
    await approveWith({ revoke_key_ids: String(keyId) });
    expect((await keys())[0]?.limits.expiresAt).toBe(clock() + 7 * DAY_MS);
  });

  test('is revoked at once if that is chosen', async () => {
    const { keyId } = await held();
    await approveWith({ revoke_key_ids: String(keyId), overlap: '0' });
    expect((await keys()).map((key) => key.keyId)).not.toContain(keyId);
    expect(await newest()).toMatchObject({ event: 'key.revoked', keyId, detail: { by: 'grant' } });
  });

  test('keeps an earlier end of its own', async () => {
    const { keyId } = await held();
    const end = clock() + DAY_MS;
    await store.database.knex('consumer_keys').where({ key_id: keyId }).update({ expires_at: end });
    await approveWith({ revoke_key_ids: String(keyId), overlap: '30' });
    expect((await keys())[0]?.limits.expiresAt).toBe(end);
  });

  test('stays as it is if the app does not accept the new key', async () => {
    const before = await held();
    app.program({ status: 500 });
    await approveWith({ revoke_key_ids: String(before.keyId) });
    expect(await keys()).toEqual([before]);
  });

  test('may be revoked during the delivery: the new key is granted all the same', async () => {
    const { keyId } = await held();
    app.program({ before: () => store.app.consumerKeys.remove(keyId) });
    expect((await approveWith({ revoke_key_ids: String(keyId) })).status).toBe(302);
    const left = await keys();
    expect(left).toMatchObject([{ replacedBy: null, limits: { expiresAt: null } }]);
    expect(left[0]?.keyId).not.toBe(keyId);
  });

  test('belongs to this app and manager only', async () => {
    await approve(manager, await openConsent(manager, { ...asked, app_name: 'Other' }));
    const [other] = await keys();
    await approveWith({ revoke_key_ids: String(other?.keyId) });
    expect(await store.app.consumerKeys.find(other!.keyId)).toEqual(other);
  });

  test.each([
    ['expires_at', DAY_MS, 'Ends 2026-02-01 09:05 UTC'],
    ['expires_at', -DAY_MS, 'Ended 2026-01-30 09:05 UTC'],
    // It was seen as ended before the clock was set back.
    ['expired_at', -DAY_MS, 'Ended 2026-02-07 09:05 UTC'],
  ])('shows its end on the next consent page: %s %d', async (column, after, text) => {
    const { keyId } = await held();
    await approveWith({ revoke_key_ids: String(keyId) });
    await store.database
      .knex('consumer_keys')
      .where({ key_id: keyId })
      .update({ [column]: clock() + after });
    const { page } = await openConsent(manager, asked);
    expect(textOf(page.body)).toContain(text);
  });
});

describe('while a server of an older version runs on the database', () => {
  beforeEach(async () => {
    await open();
    // Such a server records nothing of what it knows. This process holds its lease.
    await store.database.knex('secret_key_holders').insert({ lease: store.database.lease.id, key_ids: 'x' });
  });

  test.each<[string, Changes]>([
    ['an end', { access_ends: '30' }],
    ['a group that is unticked', without('orders')],
  ])('%s is rejected, and the page names the server', async (_what, changes) => {
    const answer = await approveWith(changes);
    expect([answer.status, await keys(), app.received()]).toEqual([401, [], []]);
    expect(textOf(answer.body)).toContain(`lease ${store.database.lease.id}`);
  });

  test('permissions can still be lowered', async () => {
    expect((await approveWith({ key_permissions: 'read' })).status).toBe(302);
  });
});
