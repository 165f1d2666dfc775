import { seedKey } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

const DAY = 86_400_000;
const clock = fakeClock();
let store: TestStore;
let browser: HttpBrowser;
beforeAll(async () => {
  store = await startTestStore({ clock });
  await store.addUser('jonas', 'shop_manager');
  await store.addUser('tom', 'customer');
  browser = await store.signIn();
  const now = clock();
  await seedKey(store, { description: 'Alpha', createdAt: now - 200 * DAY });
  await seedKey(store, {
    description: 'Beta 100%',
    owner: 'jonas',
    permissions: 'write',
    createdAt: now - 100 * DAY,
    lastAccess: now - 95 * DAY,
    lastAddress: '203.0.113.9',
    app: { appName: 'Parcel Pilot' },
  });
  await seedKey(store, {
    description: 'gamma_1',
    permissions: 'read_write',
    createdAt: now - 10 * DAY,
    lastAccess: now - 3 * 3_600_000,
    app: { appName: 'Parcel Pilot', callbackOrigin: 'https://bücher.example' },
  });
  await seedKey(store, { description: 'Delta', owner: 'tom', createdAt: now - 5 * DAY });
});
afterAll(() => store.close());

/** Returns the listed descriptions in their order. */
async function listed(query = '', by = browser): Promise<string[]> {
  const { body } = await by.get(`/keys${query}`);
  return [...body.matchAll(/class="row-link"[^>]*><bdi>([^<]*)<\/bdi>/g)].map(([, text = '']) => text);
}

describe('the list of keys', () => {
  test('shows description, app, ending, owner, permissions, created, last access with address, and state', async () => {
    const { status, body, headers } = await browser.get('/keys?search=beta');
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('no-store');
    const text = textOf(body);
    const key = (await store.database.knex('consumer_keys').where({ description: 'Beta 100%' }).first()) as {
      truncated_key: string;
    };
    expect(text).toContain(
      `Beta 100% …${key.truncated_key} · Parcel Pilot · parcels.example jonas Write 3 months ago 2025-10-23 09:05:07 UTC 3 months ago 2025-10-28 09:05:07 UTC 203.0.113.9 Active`,
    );
    const exact = '<summary title="2025-10-28 09:05:07 UTC"><time datetime="2025-10-28T09:05:07.000Z">';
    expect(body).toContain(exact);
  });

  test('shows the newest key first', async () => {
    expect(await listed()).toEqual(['Delta', 'gamma_1', 'Beta 100%', 'Alpha']);
  });

  test.each([
    ['created-asc', ['Alpha', 'Beta 100%', 'gamma_1', 'Delta']],
    ['used-desc', ['gamma_1', 'Beta 100%', 'Delta', 'Alpha']],
    ['used-asc', ['Alpha', 'Delta', 'Beta 100%', 'gamma_1']],
    ['description-asc', ['Alpha', 'Beta 100%', 'Delta', 'gamma_1']],
    ['description-desc', ['gamma_1', 'Delta', 'Beta 100%', 'Alpha']],
  ])('sorts by %s', async (sort, expected) => {
    expect(await listed(`?sort=${sort}`)).toEqual(expected);
  });

  test.each([
    ['search=alp', ['Alpha']],
    ['search=ALPHA', ['Alpha']],
    ['search=parcel', ['gamma_1', 'Beta 100%']],
    ['search=100%25', ['Beta 100%']],
    ['search=%25', ['Beta 100%']],
    ['search=_', ['gamma_1']],
    ['search=%5C', []],
    ['app=Parcel+Pilot', ['gamma_1', 'Beta 100%']],
    ['app=Parcel', []],
    ['owner=JONAS', ['Beta 100%']],
    ['owner=nobody', []],
    ['permissions=read', ['Delta', 'Alpha']],
    ['permissions=read_write', ['gamma_1']],
    ['unused=90', ['Beta 100%', 'Alpha']],
    ['unused=90&permissions=read', ['Alpha']],
    ['search=&app=&owner=&permissions=&sort=', ['Delta', 'gamma_1', 'Beta 100%', 'Alpha']],
  ])('finds %j for ?%s', async (query, expected) => {
    expect(await listed(`?${query}`)).toEqual(expected);
  });

  test.each(['bücher.example:8443', 'Bücher.example', 'xn--bcher-kva.example:8443'])(
    'can be searched by the host that got the key, like the apps: %s',
    async (search) => {
      const app = { appName: 'Zeta app', callbackOrigin: 'https://xn--bcher-kva.example:8443' };
      await seedKey(store, { description: 'Zeta', createdAt: clock(), app });
      expect(await listed(`?search=${encodeURIComponent(search)}`)).toContain('Zeta');
      const apps = await browser.get(`/apps?search=${encodeURIComponent(search)}`);
      expect(textOf(apps.body)).toContain('Zeta app');
    },
  );

  test("can be searched by a key's ending, with or without the ellipsis", async () => {
    const { consumerKey } = await seedKey(store, { description: 'Epsilon', createdAt: clock() });
    const ending = consumerKey.slice(-7);
    for (const search of [ending, `…${ending}`, `...${ending}`])
      expect(await listed(`?search=${encodeURIComponent(search)}`)).toEqual(['Epsilon']);
  });

  test.each([
    'permissions=admin',
    'unused=1',
    'sort=secret',
    'sort=created-desc;drop',
    `search=${'x'.repeat(600)}`,
  ])('rejects a value that no filter has: %s', async (query) => {
    const { status, body } = await browser.get(`/keys?${query.slice(0, 700)}`);
    expect(status).toBe(400);
    expect(textOf(body)).toContain('The list cannot be filtered');
  });

  test.each(['2', '999999999', '0', '-1', 'abc', '1e9', '99999999999999999999'])(
    'answers the page number %s with a link to the first page',
    async (number) => {
      const { status, body } = await browser.get(`/keys?paged=${number}&search=a`);
      expect(status).toBe(404);
      expect(textOf(body)).toContain('Page not found');
      expect(body).toContain('href="/keys?search=a"');
    },
  );

  test('shows typed and stored markup as text', async () => {
    const evil = '<img src=x onerror=alert(1)>"\'';
    await seedKey(store, { description: evil, app: { appName: '<b>x</b>', callbackOrigin: 'https://<i>' } });
    for (const path of [
      '/keys',
      `/keys?search=${encodeURIComponent(evil)}&app=${encodeURIComponent(evil)}`,
      '/apps',
    ]) {
      const { body } = await browser.get(path);
      expect(body).not.toMatch(/<img src=x|<b>x|<i>/);
    }
    await store.database.knex('consumer_keys').where({ description: evil }).delete();
  });

  test('says whether a key is active, waits for its app, or is stopped because of its owner', async () => {
    const { keyId } = await seedKey(store, { description: 'Waiting', app: {} });
    await store.database
      .knex('consumer_keys')
      .where({ key_id: keyId })
      .update({ pending_until: clock() + 1000, pending_lease: store.database.lease.id });
    const stateOf = async (search: string) =>
      /class="state state-(\w+)"/.exec((await browser.get(`/keys?search=${search}`)).body)?.[1];
    expect([await stateOf('Alpha'), await stateOf('Waiting'), await stateOf('Delta')]).toEqual([
      'active',
      'waiting',
      'stopped',
    ]);
    await store.database.knex('consumer_keys').where({ key_id: keyId }).delete();
  });
});

describe('the pages of the list of keys', () => {
  let many: TestStore;
  let reader: HttpBrowser;
  beforeAll(async () => {
    many = await startTestStore();
    reader = await many.signIn();
    for (let i = 0; i < 120; i++) await seedKey(many, { description: `Key ${i}`, createdAt: 1_000 + i });
  });
  afterAll(() => many.close());

  test('have fifty keys each and every key once, with links forward and back', async () => {
    const seen: string[] = [];
    let path = '/keys?sort=created-asc';
    for (let page = 0; page < 3; page++) {
      const { body } = await reader.get(path);
      seen.push(...(await listed(path.slice('/keys'.length), reader)));
      path = /rel="next" href="([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    }
    expect(path).toBe('');
    expect(seen).toEqual(Array.from({ length: 120 }, (_, i) => `Key ${i}`));
    const second = (await reader.get('/keys?sort=created-asc&paged=2')).body;
    expect(second).toContain('rel="prev" href="/keys?sort=created-asc"');
    expect(textOf(second)).toMatch(/120 keys · Page 2 of 3 .* Previous Page 2 of 3 Next/);
  });

  test('say how many keys a filter finds, without page numbers if they fit one page', async () => {
    expect(textOf((await reader.get('/keys?search=key+11')).body)).toContain(' 11 keys Keys 1 to 11 ');
    expect(textOf((await reader.get('/keys?search=key+119')).body)).toContain(' 1 key Keys 1 to 1 ');
    expect(textOf((await reader.get('/keys?search=key&paged=3')).body)).toContain('120 keys · Page 3 of 3');
    expect(textOf((await reader.get('/keys?unused=90')).body)).toContain('120 keys · Page 1 of 3');
  });

  test('select all keys of the page with a link, for browsers without JavaScript', async () => {
    const { body } = await reader.get('/keys?sort=created-asc&paged=3');
    expect(body).toContain(
      '<a class="link" href="/keys?sort=created-asc&amp;paged=3&amp;select=page">Select all 20</a>',
    );
    const selected = await reader.get('/keys?sort=created-asc&paged=3&select=page');
    expect(selected.body.match(/name="key_id\[\]" value="\d+" checked/g)).toHaveLength(20);
    expect(selected.body).toContain(
      '<a class="link" href="/keys?sort=created-asc&amp;paged=3">Select none</a>',
    );
    expect((await reader.get('/keys?select=all')).status).toBe(400);
  });
});

describe('access to the console', () => {
  test('is for signed-in users: an anonymous visitor signs in first and then returns', async () => {
    const stranger = store.browser();
    const { status, location } = await stranger.get('/keys?app=x');
    expect([status, location]).toEqual([302, `${store.url}/login?redirect_to=%2Fkeys%3Fapp%3Dx`]);
  });

  test.each(['/keys', '/keys/1', '/keys/new', '/keys/revoke?key_id=1', '/apps', '/history', '/history.csv'])(
    'is denied to a customer at %s',
    async (path) => {
      const { status, body } = await (await store.signIn('tom')).get(path);
      expect(status).toBe(403);
      expect(textOf(body)).toContain('For managers only');
    },
  );

  test('lets a shop manager see an administrator’s key, but not change or revoke it', async () => {
    const jonas = await store.signIn('jonas');
    const { body } = await jonas.get('/keys?search=Alpha');
    expect(body).toContain('Alpha');
    expect(body).not.toContain('name="key_id[]"');
    expect(body).not.toContain('Revoke selected');
    const key = (await jonas.get('/keys/1')).body;
    expect(textOf(key)).toContain('Alpha');
    expect(key).not.toMatch(/name="description"|\/replace"|\/keys\/revoke/);
  });

  test('starts at the apps for a manager and at the account for a customer', async () => {
    expect((await browser.get('/')).location).toBe(`${store.url}/apps`);
    expect((await (await store.signIn('tom')).get('/')).location).toBe(`${store.url}/account`);
  });
});

test('explains keys, and how to connect an app, when there is no key', async () => {
  const empty = await startTestStore({ path: '/shop' });
  try {
    const { body } = await (await empty.signIn()).get('/keys');
    const text = textOf(body);
    expect(text).toContain('An app uses a key to work with your store');
    expect(text).toContain(empty.url);
    expect(body).toContain('href="/shop/keys/new"');
    expect(body).toContain('href="/shop/history"');
  } finally {
    await empty.close();
  }
});

test('marks the open page among the tabs, and shows the tab for users to administrators only', async () => {
  const tabs = (body: string) =>
    [...body.matchAll(/<li><a href="([^"]*)"( aria-current="page")?>/g)].map((m) => m[1]);
  const { body } = await browser.get('/apps');
  expect(tabs(body)).toEqual(['/apps', '/keys', '/history', '/users', '/account']);
  expect(body).toContain('<a href="/apps" aria-current="page">');
  expect(tabs((await (await store.signIn('jonas')).get('/keys')).body)).not.toContain('/users');
  expect(tabs((await (await store.signIn('tom')).get('/account')).body)).toEqual(['/account']);
});
