import { RESOURCES } from '../../server/consumer-keys/key-limits';
import { filled, seedKey, snapshot } from '../support/scenes/console-scene';
import {
  alertIn,
  keyFormScene,
  textAreaIn,
  wrongIn,
  type KeyFormScene,
  type TypedKey,
} from '../support/scenes/key-form-scene';
import { textOf } from '../support/http/html-forms';
import { MANAGER, PASSWORD } from '../support/store/test-store';

const DAY = 86_400_000;
let scene: KeyFormScene;
afterEach(() => scene.store.close());

describe('limits of an existing key', () => {
  beforeEach(async () => {
    scene = await keyFormScene();
    const limits = {
      expiresAt: scene.clock() + 60 * DAY,
      resources: ['orders', 'coupons'],
      addresses: ['192.0.2.0/24'],
    } as const;
    await seedKey(scene.store, { permissions: 'read_write', limits });
  });

  test.each<[string, TypedKey, object]>([
    ['an earlier end', { fields: { ends: '30' } }, { expiresAt: 30 }],
    ['an earlier date', { fields: { ends: 'date', ends_on: '2026-02-10' } }, { expiresAt: '2026-02-10' }],
    ['fewer groups', { groups: ['orders'] }, { resources: ['orders'] }],
    [
      'a part of a range',
      { fields: { addresses: '192.0.2.7, 192.0.2.128/25' } },
      { addresses: ['192.0.2.7/32', '192.0.2.128/25'] },
    ],
  ])('become narrower without a password: %s', async (_what, typed, expected) => {
    expect((await scene.change(typed)).status).toBe(303);
    expect((await scene.keyOf()).limits).toMatchObject(ends(expected));
    expect(await scene.lastEvent()).toMatchObject({ event: 'key.changed', login: MANAGER, keyId: 1 });
  });

  test.each<[string, TypedKey, object]>([
    ['a later end', { fields: { ends: '90' } }, { expiresAt: 90 }],
    ['a later date', { fields: { ends: 'date', ends_on: '2027-02-01' } }, { expiresAt: '2027-02-01' }],
    ['no end', { fields: { ends: 'never' } }, { expiresAt: null }],
    [
      'another group',
      { groups: ['orders', 'coupons', 'webhooks'] },
      { resources: ['orders', 'coupons', 'webhooks'] },
    ],
    [
      'a group in place of another',
      { groups: ['orders', 'customers'] },
      { resources: ['orders', 'customers'] },
    ],
    ['all groups', { groups: RESOURCES }, { resources: null }],
    [
      'another range',
      { fields: { addresses: '192.0.2.0/24, 198.51.100.7' } },
      { addresses: ['192.0.2.0/24', '198.51.100.7/32'] },
    ],
    ['a larger range', { fields: { addresses: '192.0.0.0/22' } }, { addresses: ['192.0.0.0/22'] }],
    [
      'an IPv6 range with the same first bits',
      { fields: { addresses: 'c000:200::/24' } },
      { addresses: ['c000:200::/24'] },
    ],
    ['any address', { fields: { addresses: ' ' } }, { addresses: null }],
  ])('become wider only with the password: %s', async (_what, typed, expected) => {
    const before = await snapshot(scene.store);
    const without = await scene.change(typed);
    expect([without.status, wrongIn(without)]).toEqual([400, ['password']]);
    expect(alertIn(without)).toContain('also enter your password');
    const wrong = { ...typed, fields: { ...typed.fields, password: 'wrong password' } };
    expect((await scene.change(wrong)).status).toBe(403);
    expect(await snapshot(scene.store)).toBe(before);
    expect((await scene.change({ ...typed, fields: { ...typed.fields, password: PASSWORD } })).status).toBe(
      303,
    );
    expect((await scene.keyOf()).limits).toMatchObject(ends(expected));
  });

  test('stay as they are when something else changes', async () => {
    const { limits } = await scene.keyOf();
    expect((await scene.change({ fields: { description: 'Renamed' } })).status).toBe(303);
    expect(await scene.keyOf()).toMatchObject({ description: 'Renamed', limits });
  });

  test('are in the history in words', async () => {
    await scene.change({ fields: { ends: 'never', addresses: '', password: PASSWORD }, groups: RESOURCES });
    expect(textOf((await scene.browser.get('/history?event=key.changed')).body)).toContain(
      'Ends: 2026-04-01 09:05 UTC → never Access to: Orders, Coupons → everything Addresses: 192.0.2.0/24 → any',
    );
  });

  test('are changed once by a form that is sent twice', async () => {
    const page = await scene.browser.get('/keys/1');
    const typed = { permissions: 'read_write', addresses: '192.0.2.0/24', ends: '30' };
    const sent = filled(page.form('shown_limits'), typed);
    expect((await scene.browser.post('/keys/1', sent)).status).toBe(303);
    scene.clock.pass(2000);
    expect((await scene.browser.post('/keys/1', sent)).status).toBe(303);
    const entries = (await scene.store.app.audit.list(50)).filter(({ event }) => event === 'key.changed');
    expect(entries).toHaveLength(1);
  });

  test.each<[string, TypedKey]>([
    ['the end', { fields: { ends: '30' } }],
    ['the groups', { groups: ['orders'] }],
    ['the addresses', { fields: { addresses: '192.0.2.0/25', password: PASSWORD } }],
  ])('that another user changed meanwhile are not undone: %s', async (_what, typed) => {
    const page = await scene.browser.get('/keys/1');
    const fields = { permissions: 'read', addresses: textAreaIn(page), ends: 'keep' };
    expect((await scene.change(typed)).status).toBe(303);
    const before = await snapshot(scene.store);
    const late = await scene.browser.post('/keys/1', filled(page.form('shown_limits'), fields));
    expect([late.status, await snapshot(scene.store)]).toEqual([409, before]);
    expect(textOf(late.body)).toContain('It was changed or revoked at the same time');
  });

  test('are not set while an older server runs, which would ignore them, but can be removed', async () => {
    await scene.store.database
      .knex('secret_key_holders')
      .insert({ lease: scene.store.database.lease.id, key_ids: 'x', key_file: null });
    const before = await snapshot(scene.store);
    const rejected = await scene.change({ groups: ['orders'] });
    expect([rejected.status, await snapshot(scene.store)]).toEqual([400, before]);
    expect(alertIn(rejected)).toContain('A server of an older version runs on this database');
    expect(alertIn(rejected)).toContain(scene.store.database.lease.id);
    const free = { ends: 'never', addresses: '', password: PASSWORD };
    expect((await scene.change({ fields: free, groups: RESOURCES })).status).toBe(303);
  });

  test('cannot be changed by a shop manager if the key belongs to an administrator', async () => {
    const jonas = await scene.store.signIn('jonas');
    expect((await jonas.get('/keys/1')).body).not.toMatch(/name="ends"|\/extend"/);
    const before = await snapshot(scene.store);
    const form = (await scene.browser.get('/keys/1')).form('extend_password');
    const own = (await jonas.get('/account')).form('current_password').fields['_wpnonce']!;
    const sent = { ...form.fields, _wpnonce: own, days: '30', extend_password: PASSWORD };
    expect((await jonas.post('/keys/1/extend', sent)).status).toBe(403);
    expect(await snapshot(scene.store)).toBe(before);
  });
});

describe('a new key', () => {
  test('has the chosen end, groups and addresses, and they are in the history', async () => {
    scene = await keyFormScene();
    const answer = await scene.create({
      fields: { ends: '90', addresses: '203.0.113.4 2001:DB8::/32,\r\n203.0.113.4/32' },
      groups: ['products', 'reports'],
    });
    expect(answer.status).toBe(200);
    expect((await scene.keyOf()).limits).toEqual({
      expiresAt: scene.clock() + 90 * DAY,
      resources: ['products', 'reports'],
      addresses: ['203.0.113.4/32', '2001:db8::/32'],
    });
    expect(textOf((await scene.browser.get('/history?event=key.created')).body)).toContain(
      'Ends: 2026-05-01 09:05 UTC Access to: Products, Reports Addresses: 203.0.113.4/32, 2001:db8::/32',
    );
  });

  test.each([
    [{}, 'never', ['never', '30', '90', '365', 'date'], null],
    [{ KEY_LIFETIME_DAYS: '45' }, '45', ['never', '30', '45', '90', '365', 'date'], 45],
    [{ KEY_LIFETIME_MAX_DAYS: '60' }, '60', ['30', '60', 'date'], 60],
    [{ KEY_LIFETIME_DAYS: '30', KEY_LIFETIME_MAX_DAYS: '60' }, '30', ['30', '60', 'date'], 30],
  ])('is offered the lifetimes of the store: %j', async (env, chosen, offered, days) => {
    scene = await keyFormScene(env);
    const { body } = await scene.browser.get('/keys/new');
    const options = /<select id="ends"[\s\S]*?<\/select>/.exec(body)?.[0] ?? '';
    expect([...options.matchAll(/value="(\w+)"/g)].map(([, value]) => value)).toEqual(offered);
    expect(/value="(\w+)" selected/.exec(options)?.[1]).toBe(chosen);
    expect((await scene.create({ fields: { ends: chosen } })).status).toBe(200);
    expect((await scene.keyOf()).limits.expiresAt).toBe(days === null ? null : scene.clock() + days * DAY);
  });
});

/** Replaces a number of days or a date by the instant that it means. */
function ends(expected: object): object {
  const { expiresAt } = expected as { expiresAt?: number | string | null };
  if (typeof expiresAt === 'number') return { ...expected, expiresAt: scene.clock() + expiresAt * DAY };
  return typeof expiresAt === 'string' ? { ...expected, expiresAt: Date.parse(expiresAt) } : expected;
}
