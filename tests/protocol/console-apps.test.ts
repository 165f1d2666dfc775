import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { seedKey, snapshot } from '../support/scenes/console-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

const DAY = 86_400_000;
const clock = fakeClock();
let store: TestStore;
let manager: HttpBrowser;
let jonas: HttpBrowser;
beforeAll(async () => {
  store = await startTestStore({ clock });
  await store.addUser('jonas', 'shop_manager');
  await store.addUser('tom', 'customer');
  [manager, jonas] = [await store.signIn(), await store.signIn('jonas')];
});
beforeEach(async () => {
  const now = clock();
  const kite = { appName: 'Kite', callbackOrigin: 'https://kite.example:8443' };
  await seedKey(store, { app: kite, createdAt: now - 40 * DAY, lastAccess: now - 3_600_000 });
  await seedKey(store, { app: { ...kite, appUserId: 'other' }, permissions: 'write', createdAt: now - DAY });
  await seedKey(store, { app: kite, owner: 'jonas', createdAt: now - 3 * DAY });
  await seedKey(store, {
    app: { appName: 'Lamp', callbackOrigin: 'https://xn--bcher-kva.example' },
    owner: 'jonas',
    createdAt: now - 5 * DAY,
  });
  await seedKey(store, { description: 'by hand' });
});
afterEach(() => store.database.knex('consumer_keys').delete());
afterAll(() => store.close());

const mainOf = (body: string) => textOf(/<main[\s\S]*<\/main>/.exec(body)?.[0] ?? '');
const names = ({ body }: { body: string }) =>
  [...body.matchAll(/<h2><bdi>([^<]*)<\/bdi>/g)].map(([, name]) => name);
const disconnectLinks = (body: string) =>
  [...body.matchAll(/href="(\/apps\/disconnect[^"]*)"/g)].map(([, href = '']) =>
    href.replaceAll('&amp;', '&'),
  );
const linkFor = async (browser: HttpBrowser, search: string) =>
  disconnectLinks((await browser.get(`/apps?search=${search}`)).body)[0] ?? '';
const appsLeft = async () =>
  (await store.database.knex('consumer_keys').orderBy('key_id')).map(
    (row: { app_name: string | null; user_id: number }) => `${row.app_name ?? 'by hand'} ${row.user_id}`,
  );

describe('the list of apps', () => {
  test("shows every manager's apps with hosts in both forms, permissions, since when, by whom, last use and keys", async () => {
    const page = await manager.get('/apps');
    expect(page.status).toBe(200);
    const text = mainOf(page.body);
    expect(names(page)).toEqual(['Kite', 'Kite', 'Lamp']);
    expect(text).toContain('3 apps');
    expect(text).toMatch(
      /Kite kite\.example:8443 Read\/Write Connected last month 20[\d-]+ [\d:]+ UTC by manager Last used 1 hour ago 20[\d-]+ [\d:]+ UTC 2 keys/,
    );
    expect(text).toMatch(
      /Lamp bücher\.example \(xn--bcher-kva\.example\) Read Connected 5 days ago 20[\d-]+ [\d:]+ UTC by jonas Never used 1 key/,
    );
    expect(text).not.toContain('by hand');
  });

  test('shows only the apps of this manager on request, and keeps the search', async () => {
    expect(names(await jonas.get('/apps?who=me'))).toEqual(['Kite', 'Lamp']);
    expect(names(await jonas.get('/apps?who=me&search=lamp'))).toEqual(['Lamp']);
    expect((await jonas.get('/apps?search=lamp')).body).toContain('href="/apps?search=lamp&amp;who=me"');
  });

  test.each([
    ['KITE', ['Kite', 'Kite']],
    ['kite.example:8443', ['Kite', 'Kite']],
    ['jonas', ['Kite', 'Lamp']],
    ['bücher.example', ['Lamp']],
    ['Bücher.Example', ['Lamp']],
    ['xn--bcher', ['Lamp']],
    ['%', []],
    ['_', []],
    ['nothing', []],
  ])('finds apps by name, host and login: %s', async (search, expected) => {
    const page = await manager.get(`/apps?search=${encodeURIComponent(search)}`);
    expect(names(page)).toEqual(expected.length === 0 ? [] : expected);
    if (expected.length === 0) expect(mainOf(page.body)).toContain('Nothing found');
  });

  test.each(['who=nobody', 'who=1', `search=${'x'.repeat(201)}`, 'search[]=a', 'who[]=me', 'search=%ff'])(
    'rejects a value that the page does not link to: %s',
    async (query) => {
      const { status, body } = await manager.get(`/apps?${query}`);
      expect([status, textOf(body)]).toEqual([400, expect.stringContaining('The list cannot be filtered')]);
    },
  );

  test('marks the apps of an account that may no longer manage the store as stopped', async () => {
    await seedKey(store, { app: { appName: 'Old import' }, owner: 'tom' });
    expect(mainOf((await manager.get('/apps?search=import')).body)).toContain(
      'by tom Never used 1 key Stopped',
    );
  });

  test('lets a shop manager see the apps of an administrator, but disconnect only those of shop managers', async () => {
    const { body } = await jonas.get('/apps');
    expect(mainOf(body)).toContain('by manager');
    expect(disconnectLinks(body)).toHaveLength(2);
    expect(disconnectLinks(body).every((href) => href.endsWith('user_id=2'))).toBe(true);
  });

  test('tells a store without apps from a search without a result, and from a manager without apps', async () => {
    await store.database.knex('consumer_keys').where({ user_id: 1 }).whereNotNull('app_name').delete();
    expect(mainOf((await manager.get('/apps?who=me')).body)).toContain('You have not connected an app');
    await store.database.knex('consumer_keys').whereNotNull('app_name').delete();
    const { body } = await manager.get('/apps');
    expect(mainOf(body)).toMatch(/^Apps No app is connected yet .*choose WooCommerce in the app/);
    expect(mainOf(body)).toContain(store.url);
    expect(body).not.toContain('id="search"');
  });

  test('has pages of fifty apps that say how many there are, and a 404 after the last', async () => {
    for (let i = 0; i < 101; i++)
      await seedKey(store, { app: { appName: `Many ${i}`, callbackOrigin: `https://m${i}.example` } });
    const page = await manager.get('/apps?search=many&paged=2');
    expect(names(page)).toHaveLength(50);
    expect(mainOf(page.body)).toMatch(/101 apps .* Previous Page 2 of 3 Next/);
    expect(mainOf((await manager.get('/apps?search=many&paged=3')).body)).toMatch(/101 apps .* Page 3 of 3/);
    expect((await manager.get('/apps?paged=7')).status).toBe(404);
  });
});

test('every page that shows the host of an app shows an international name in both forms', async () => {
  const callbackOrigin = 'https://xn--bcher-kva.example:8443';
  const { keyId } = await seedKey(store, { app: { appName: 'Wurm', callbackOrigin } });
  await store.app.audit.record({
    event: 'grant.denied',
    at: clock(),
    login: 'manager',
    appName: 'Wurm',
    callbackOrigin,
    detail: {},
  });
  for (const path of [
    '/apps?search=wurm',
    await linkFor(manager, 'wurm'),
    '/keys?search=wurm',
    `/keys/${keyId}`,
    `/keys/revoke?key_id=${keyId}`,
    '/history?app=Wurm',
  ]) {
    const text = mainOf((await manager.get(path)).body);
    expect([path, text]).toEqual([
      path,
      expect.stringContaining('bücher.example:8443 (xn--bcher-kva.example:8443)'),
    ]);
  }
});

describe('Disconnect', () => {
  test('asks about the app by its name, shows what stops, and says that it is disconnected', async () => {
    const asked = await manager.get(await linkFor(manager, 'kite'));
    const text = mainOf(asked.body);
    expect(asked.status).toBe(200);
    expect(text).toMatch(/^Disconnect Kite\? Kite loses access to your store at once\./);
    expect(text).toContain('1 other manager also connected Kite. That connection keeps working.');
    expect(text).toContain('2 keys stop working');
    expect(text).toMatch(/Disconnect Kite Cancel$/);
    expect(asked.body).toContain('<a href="/apps" aria-current="page">');
    const form = asked.form('up_to');
    const done = await manager.post(form.action, form.fields);
    expect(done.status).toBe(303);
    const page = await manager.get(done.location);
    expect(/role="status">[\s\S]*?<span>([^<]*)/.exec(page.body)?.[1]).toBe('Kite is disconnected.');
    expect(await appsLeft()).toEqual(['Kite 2', 'Lamp 2', 'by hand 1']);
    const [event] = await store.app.audit.list(1, { event: 'key.revoked' });
    expect(event).toMatchObject({ login: 'manager', appName: 'Kite', detail: { by: 'console' } });
    // The page names what the history recorded, and only while it is true.
    expect((await jonas.get(done.location.slice(store.url.length))).body).not.toContain('is disconnected');
    await seedKey(store, { app: { appName: 'Kite', callbackOrigin: 'https://kite.example:8443' } });
    expect((await manager.get(done.location)).body).not.toContain('is disconnected');
  });

  test('returns to the list with its search', async () => {
    const list = '/apps?search=kite&who=me';
    const [link = ''] = disconnectLinks((await manager.get(list)).body);
    const asked = await manager.get(link);
    expect(asked.body).toContain('href="/apps?search=kite&amp;who=me"');
    const form = asked.form('up_to');
    const { location } = await manager.post(form.action, form.fields);
    expect(location).toMatch(new RegExp(`^${store.url}/apps\\?search=kite&who=me&disconnected=\\d+$`));
    expect(textOf((await manager.get(location)).body)).toContain('Kite is disconnected.');
  });

  test.each([
    ['search[]=kite', 400],
    ['who=nobody', 400],
    [`search=${'x'.repeat(201)}`, 400],
    ['//evil.example', 303],
    ['https://evil.example/?a=b', 303],
  ])('follows no list that the page does not link to: list=%s', async (list, status) => {
    const form = (await manager.get(await linkFor(manager, 'lamp'))).form('up_to');
    const answer = await manager.post(form.action, { ...form.fields, list });
    expect(answer.status).toBe(status);
    if (status === 303)
      expect(answer.location).toMatch(new RegExp(`^${store.url}/apps\\?disconnected=\\d+$`));
    else expect(await appsLeft()).toContain('Lamp 2');
  });

  test('keeps a key that was made after the page was shown', async () => {
    const form = (await manager.get(await linkFor(manager, 'kite'))).form('up_to');
    await seedKey(store, { app: { appName: 'Kite', callbackOrigin: 'https://kite.example:8443' } });
    const { location } = await manager.post(form.action, form.fields);
    expect(await appsLeft()).toEqual(['Kite 2', 'Lamp 2', 'by hand 1', 'Kite 1']);
    expect((await manager.get(location)).body).not.toContain('is disconnected');
  });

  test.each(['0', '-1', '1e3', '999999', '%3Cb%3E', ''])(
    'shows no notice for an unknown key: ?disconnected=%s',
    async (id) => {
      const { status, body } = await manager.get(`/apps?disconnected=${id}`);
      expect([status, body.includes('is disconnected')]).toEqual([200, false]);
    },
  );

  test('answers 404 when the app is gone, and after the form is sent twice', async () => {
    const form = (await manager.get(await linkFor(manager, 'lamp'))).form('up_to');
    expect((await manager.post(form.action, form.fields)).status).toBe(303);
    const second = await manager.post(form.action, form.fields);
    expect([second.status, textOf(second.body)]).toEqual([404, expect.stringContaining('App not connected')]);
  });

  test.each([
    '',
    '?app=Kite',
    '?user_id=1',
    '?app=Kite&user_id=x',
    '?app=Kite&user_id=1&callback_origin=https://other.example',
    '?app=Kite&user_id=1&key_id=1',
    '?app[]=Kite&user_id=1',
  ])('changes nothing for an incomplete link: /apps/disconnect%s', async (query) => {
    const before = await snapshot(store);
    const { status } = await manager.get(`/apps/disconnect${query}`);
    expect(status).toBe(query.includes('[]') ? 400 : 404);
    expect(await snapshot(store)).toBe(before);
  });

  test('is denied to a shop manager for the app of an administrator, and to a customer for every app', async () => {
    const href = await linkFor(manager, 'kite.example');
    const form = (await manager.get(href)).form('up_to');
    const tom = await store.signIn('tom');
    const before = await snapshot(store);
    const denied = await jonas.get(href);
    expect([denied.status, textOf(denied.body)]).toEqual([
      403,
      expect.stringContaining('You cannot disconnect this app'),
    ]);
    const token = (await jonas.get('/account')).form('current_password').fields['_wpnonce'] ?? '';
    expect((await jonas.post(form.action, { ...form.fields, _wpnonce: token })).status).toBe(403);
    expect((await tom.get(href)).status).toBe(403);
    expect((await manager.post(form.action, { ...form.fields, _wpnonce: token })).status).toBe(403);
    expect(await snapshot(store)).toBe(before);
  });
});
