import { post, seedKey, snapshot } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: HttpBrowser;
beforeEach(async () => {
  store = await startTestStore();
  await store.addUser('jonas', 'shop_manager');
  browser = await store.signIn();
  const lastAccess = Date.now() - 2 * 3_600_000;
  await seedKey(store, { description: 'One', app: { appName: 'Parcel Pilot' }, lastAccess });
  await seedKey(store, { description: 'Two', app: { appName: 'Parcel Pilot' }, owner: 'jonas' });
  await seedKey(store, {
    description: 'Three',
    app: { appName: 'Other', callbackOrigin: 'https://other.example:8443' },
  });
  await seedKey(store, { description: 'Four', owner: 'jonas' });
});
afterEach(() => store.close());

const left = async () => (await store.app.consumerKeys.list()).map(({ keyId }) => keyId);
/** Opens the confirmation page and presses its button. */
async function confirm(by: HttpBrowser, query: string) {
  const page = await by.get(`/keys/revoke?${query}`);
  if (page.status !== 200) return { page, answer: page };
  // The forms reader keeps one value for each name, but several keys share one name.
  const pairs = [...page.body.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)]
    .map(([, name = '', value = '']) => [name, value.replaceAll('&amp;', '&')] as const)
    .slice(1);
  const answer = await by.post('/keys/revoke', pairs);
  return { page, answer };
}

describe('the confirmation page of a revocation', () => {
  test('names the descriptions, apps and last uses of the keys that stop working', async () => {
    const text = textOf((await browser.get('/keys/revoke?key_id[]=1&key_id[]=3')).body);
    for (const words of [
      'Revoke 2 keys?',
      'One',
      'Three',
      'Parcel Pilot',
      'parcels.example',
      'other.example:8443',
    ])
      expect(text).toContain(words);
    expect(text).toContain('Last used 2 hours ago');
    expect(text).toContain('Never used');
    expect(await left()).toEqual([1, 2, 3, 4]);
  });

  test('reads no more keys than it shows', async () => {
    for (let i = 0; i < 120; i++) await seedKey(store, { owner: 'jonas', app: { appName: 'Many' } });
    let most = 0;
    store.database.knex.on('query-response', (rows: unknown) => {
      if (Array.isArray(rows)) most = Math.max(most, rows.length);
    });
    for (const path of ['/keys/revoke?app=Many', '/users/2/disable', '/users/2/remove'])
      expect(textOf((await browser.get(path)).body)).toMatch(/and 10[02] more keys/);
    expect(most).toBeLessThanOrEqual(20);
  });

  test('lists some of hundreds of keys and says how many more there are', async () => {
    for (let i = 0; i < 30; i++) await seedKey(store, { description: `Many ${i}`, app: { appName: 'Many' } });
    const text = textOf((await browser.get('/keys/revoke?app=Many')).body);
    expect(text).toContain('30 keys stop working');
    expect(text).toContain('and 10 more keys');
  });
});

describe('a revocation in the console', () => {
  test.each([
    ['one key', 'key_id=1', [2, 3, 4], 1],
    ['several keys', 'key_id[]=1&key_id[]=4', [2, 3], 2],
    ['all keys of an app', 'app=Parcel+Pilot', [3, 4], 2],
    ['all keys of an app that belong to one user', 'app=Parcel+Pilot&user_id=2', [1, 3, 4], 1],
    [
      'all keys of an app at one address',
      'app=Other&callback_origin=https%3A%2F%2Fother.example%3A8443&user_id=1',
      [1, 2, 4],
      1,
    ],
    ['all keys of a user', 'user_id=2', [1, 3], 2],
  ])('revokes %s and writes an audit entry for each', async (_what, query, expected, count) => {
    const { answer } = await confirm(browser, query);
    expect([answer.status, answer.location]).toEqual([303, `${store.url}/keys?revoked=${count}`]);
    expect(await left()).toEqual(expected);
    expect(textOf((await browser.get(answer.location)).body)).toContain(
      count === 1 ? 'The key is revoked. It no longer works.' : 'The keys are revoked. They no longer work.',
    );
    const entries = await store.app.audit.list(count);
    expect(entries).toHaveLength(count);
    for (const entry of entries)
      expect(entry).toMatchObject({ event: 'key.revoked', login: MANAGER, detail: { by: 'console' } });
  });

  test('is not confirmed to a user who followed a link and revoked nothing', async () => {
    const jonas = await store.signIn('jonas');
    await confirm(browser, 'key_id=1');
    for (const count of ['1', '50000', 'x'])
      expect((await jonas.get(`/keys?revoked=${count}`)).body).not.toContain('role="status"');
    expect((await browser.get('/keys?revoked=2')).body).not.toContain('role="status"');
  });

  test('lets other requests run while it revokes hundreds of keys', async () => {
    for (let i = 0; i < 450; i++) await seedKey(store, { app: { appName: 'Many' } });
    const { fields } = (await browser.get('/keys/revoke?app=Many')).form('up_to');
    const { knex } = store.database;
    let [turns, isDone] = [0, false];
    const count = async () => {
      while (!isDone) {
        await new Promise((resolve) => setImmediate(resolve));
        const rows = await knex('consumer_keys').where({ app_name: 'Many' }).select('key_id');
        if (rows.length > 0 && rows.length < 450) turns++;
      }
    };
    const counting = count();
    await browser.post('/keys/revoke', fields);
    isDone = true;
    await counting;
    expect(turns).toBeGreaterThan(2);
  });

  test('revokes hundreds of keys at once', async () => {
    for (let i = 0; i < 450; i++) await seedKey(store, { app: { appName: 'Many' } });
    const { answer } = await confirm(browser, 'app=Many');
    expect(answer.location).toBe(`${store.url}/keys?revoked=450`);
    expect(await left()).toEqual([1, 2, 3, 4]);
  });

  test('keeps a key that was created after the confirmation page was opened', async () => {
    const page = await browser.get('/keys/revoke?app=Parcel+Pilot');
    const { fields } = page.form('up_to');
    const { keyId } = await seedKey(store, { app: { appName: 'Parcel Pilot' } });
    await browser.post('/keys/revoke', fields);
    expect(await left()).toEqual([3, 4, keyId]);
  });

  test('finds nothing left at the second press and says so', async () => {
    await confirm(browser, 'key_id=1');
    const answer = await post(browser, '/keys/revoke', { key_id: '1' });
    expect(answer.status).toBe(404);
    expect(textOf(answer.body)).toContain('Nothing to revoke');
    expect((await store.app.audit.list(10)).filter(({ event }) => event === 'key.revoked')).toHaveLength(1);
  });
});

describe('a revocation from a searched list', () => {
  const LIST = '/keys?search=parcel&app=Parcel+Pilot&permissions=read&sort=used-asc';
  const hrefsOf = (body: string) =>
    [...body.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));

  test('returns to the list with its search, filters and order', async () => {
    const page = await browser.get(LIST);
    const { list = '' } = page.form('list').fields;
    const { answer } = await confirm(browser, String(new URLSearchParams({ 'key_id[]': '1', list })));
    expect(answer.location).toBe(`${store.url}${LIST}&revoked=1`);
    const back = await browser.get(answer.location);
    expect(textOf(back.body)).toContain('The key is revoked. It no longer works.');
    expect(back.body).toContain('value="parcel"');
    expect(await left()).toEqual([2, 3, 4]);
  });

  test('returns to the list from the link that revokes all keys of an app', async () => {
    const { body } = await browser.get(LIST);
    const href = hrefsOf(body).find((one) => one.startsWith('/keys/revoke')) ?? '';
    const { answer } = await confirm(browser, href.slice('/keys/revoke?'.length));
    expect(answer.location).toBe(`${store.url}${LIST}&revoked=2`);
  });

  test('goes back to the same page of the list on Cancel', async () => {
    for (let i = 0; i < 51; i++) await seedKey(store, { description: `Many ${i}` });
    const { list = '' } = (await browser.get('/keys?search=many&paged=2')).form('list').fields;
    const { body } = await browser.get(`/keys/revoke?${String(new URLSearchParams({ key_id: '5', list }))}`);
    expect(hrefsOf(body)).toContain('/keys?search=many&paged=2');
  });

  test.each([
    ['an unknown filter value', 'permissions=all'],
    ['an unknown order', 'sort=secret-asc'],
    ['a list for a text', 'search[]=a'],
    ['another encoding', 'search=%ff'],
    ['a long text', `search=${'x'.repeat(501)}`],
  ])('rejects a link with %s, and revokes nothing', async (_what, list) => {
    const { status, body } = await browser.get(
      `/keys/revoke?${String(new URLSearchParams({ key_id: '1', list }))}`,
    );
    expect([status, textOf(body)]).toEqual([400, expect.stringContaining('The list cannot be filtered')]);
    expect((await post(browser, '/keys/revoke', { 'key_id[]': '1', list })).status).toBe(400);
    expect(await left()).toEqual([1, 2, 3, 4]);
  });

  test.each([
    '//evil.example',
    'https://evil.example/?a=b',
    '/../../login',
    '\r\nLocation: https://evil.example',
    'redirect_to=https://evil.example',
  ])('never leaves the list: list=%j', async (list) => {
    const { answer } = await confirm(browser, String(new URLSearchParams({ key_id: '1', list })));
    expect(answer.location).toBe(`${store.url}/keys?revoked=1`);
  });
});

describe('a shop manager in the console', () => {
  test('revokes the keys of shop managers', async () => {
    expect((await confirm(await store.signIn('jonas'), 'key_id[]=2&key_id[]=4')).answer.status).toBe(303);
    expect(await left()).toEqual([1, 3]);
  });

  test.each(['key_id=1', 'key_id[]=2&key_id[]=1', 'user_id=1', 'app=Other'])(
    'cannot revoke an administrator’s key: %s',
    async (query) => {
      const jonas = await store.signIn('jonas');
      const before = await snapshot(store);
      expect((await jonas.get(`/keys/revoke?${query}`)).status).toBe(403);
      const fields = [...new URLSearchParams(query)];
      expect((await post(jonas, '/keys/revoke', fields)).status).toBe(403);
      expect(await snapshot(store)).toBe(before);
    },
  );

  test('revokes the keys of an app that they may revoke, and learns how many remain', async () => {
    const jonas = await store.signIn('jonas');
    const { page, answer } = await confirm(jonas, 'app=Parcel+Pilot');
    expect(textOf(page.body)).toContain('1 more key belongs to an administrator.');
    expect(answer.location).toBe(`${store.url}/keys?revoked=1`);
    expect(await left()).toEqual([1, 3, 4]);
  });
});

describe('the link to revoke several keys', () => {
  const href = async (query: string) =>
    (/href="([^"]*\/keys\/revoke\?[^"]*)"/.exec((await browser.get(query)).body)?.[1] ?? '').replaceAll(
      '&amp;',
      '&',
    );

  test.each([
    ['/keys?owner=jonas', '/keys/revoke?user_id=2&list=owner%3Djonas', 'Revoke all keys of jonas…'],
    ['/keys?app=Other', '/keys/revoke?app=Other&list=app%3DOther', 'Revoke all keys of Other…'],
    [
      '/keys?app=Parcel+Pilot&owner=jonas',
      '/keys/revoke?app=Parcel+Pilot&user_id=2&list=app%3DParcel%2BPilot%26owner%3Djonas',
      'Revoke all keys of Parcel Pilot that belong to jonas…',
    ],
    ['/users/2', '/keys/revoke?user_id=2', 'Revoke all keys of jonas…'],
  ])('leads from %s to %s', async (from, to, label) => {
    expect(await href(from)).toBe(to);
    expect(textOf((await browser.get(from)).body)).toContain(label);
  });

  test('is missing on a list that is not filtered by app or owner, and for an account without keys', async () => {
    expect(await href('/keys?search=One')).toBe('');
    const { userId } = await store.addUser('priya', 'shop_manager');
    expect(await href(`/users/${userId}`)).toBe('');
  });
});

describe('a parameter that cannot be read', () => {
  test.each([
    '/keys?app[]=Other',
    '/keys?app=%ff',
    '/keys?owner[]=jonas',
    '/keys?search=%c3',
    '/keys/revoke?app=Other&user_id[]=2',
    '/keys/revoke?app=Other&user_id=%ff',
    '/keys/revoke?app=Other&callback_origin[]=x',
    '/keys/revoke?app=Other&key_id[a][b]=1',
    '/keys/revoke?key_id[]=1&key_id[]=%ff',
  ])('is rejected instead of being ignored: %s', async (path) => {
    expect((await browser.get(path)).status).toBe(400);
  });
});

describe('a request that none of our forms sends', () => {
  test.each([
    ['no key at all', [], 400],
    ['a key ID that is not a number', [['key_id', 'abc']], 400],
    [
      'one of several key IDs that is not a number',
      [
        ['key_id[]', '1'],
        ['key_id[]', '1 or 1=1'],
      ],
      400,
    ],
    ['zero', [['key_id', '0']], 400],
    ['a nested list', [['key_id[a][b]', '1']], 400],
    [
      'keys and an app together',
      [
        ['key_id', '1'],
        ['app', 'Other'],
      ],
      400,
    ],
    [
      'an address without its app',
      [
        ['callback_origin', 'https://other.example'],
        ['user_id', '1'],
      ],
      400,
    ],
    ['a user ID that is not a number', [['user_id', 'manager']], 400],
    ['an app as a list', [['app[]', 'Other']], 400],
    [
      'an unknown field',
      [
        ['app', 'Other'],
        ['everything', '1'],
      ],
      400,
    ],
    ['an app without keys', [['app', 'Nothing']], 404],
    ['a key that is not there', [['key_id', '99']], 404],
    ['more keys than a page has', Array.from({ length: 501 }, (_, i) => ['key_id[]', String(i + 1)]), 400],
  ] as [string, [string, string][], number][])('changes nothing with %s', async (_what, pairs, status) => {
    const before = await snapshot(store);
    const answer = await post(browser, '/keys/revoke', pairs);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain('<h1>');
    expect(await snapshot(store)).toBe(before);
  });
});
