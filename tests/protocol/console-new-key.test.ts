import { filled, seedKey, snapshot, submit, tokenOf } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import type { Answer, HttpBrowser } from '../support/http/http-browser';
import { MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: HttpBrowser;
beforeEach(async () => {
  store = await startTestStore({ tls: true });
  await store.addUser('jonas', 'shop_manager');
  await store.addUser('tom', 'customer');
  browser = await store.signIn();
});
afterEach(() => store.close());

const NEW = { description: 'Warehouse robot', permissions: 'read_write', owner: MANAGER };
const secretsIn = ({ body }: Answer) => ({
  consumerKey: /id="consumer_key"[^>]*>(ck_[0-9a-f]{40})</.exec(body)?.[1] ?? '',
  consumerSecret: /id="consumer_secret"[^>]*>(cs_[0-9a-f]{40})</.exec(body)?.[1] ?? '',
});
const basic = ({ consumerKey, consumerSecret }: ReturnType<typeof secretsIn>) => ({
  authorization: `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`,
});
const verify = async (pair: ReturnType<typeof secretsIn>) =>
  (await store.browser(store.tlsUrl).get('/wc-auth/v1/verify', basic(pair))).status;
const countKeys = async () => (await store.app.consumerKeys.list()).length;

describe('a manually created key', () => {
  test('is shown with its secret in the answer to the POST, and works', async () => {
    const answer = await submit(browser, '/keys/new', NEW, 'description');
    expect([answer.status, answer.location, answer.headers['cache-control']]).toEqual([200, '', 'no-store']);
    expect(await verify(secretsIn(answer))).toBe(200);
    const [key] = await store.app.consumerKeys.list();
    expect(key).toMatchObject({ description: 'Warehouse robot', permissions: 'read_write', app: null });
    const [entry] = await store.app.audit.list(1);
    expect(entry).toMatchObject({
      event: 'key.created',
      login: MANAGER,
      keyId: key?.keyId,
      address: '127.0.0.1',
    });
  });

  test('is not created by a used form ID with a suffix', async () => {
    const form = (await browser.get('/keys/new')).form('description');
    expect((await browser.post('/keys/new', filled(form, NEW))).status).toBe(200);
    for (const suffix of ['.x', '.', '..']) {
      const used = { ...NEW, form_id: `${form.fields['form_id']}${suffix}` };
      expect((await browser.post('/keys/new', filled(form, used))).status).toBe(403);
    }
    expect(await countKeys()).toBe(1);
  });

  test('comes with a QR code of ck|cs that loads nothing from another host', async () => {
    const answer = await submit(browser, '/keys/new', NEW, 'description');
    const svg = /<img src="data:image\/svg\+xml;base64,([^"]+)" alt="[^"]+"/.exec(answer.body)?.[1] ?? '';
    expect(Buffer.from(svg, 'base64').toString()).toMatch(/^<svg /);
    expect(answer.headers['content-security-policy']).toMatch(/img-src 'self' data:/);
  });

  test('never appears again on a page, in a log line or in a row', async () => {
    const { consumerKey, consumerSecret } = secretsIn(await submit(browser, '/keys/new', NEW, 'description'));
    const pages = [
      '/keys',
      '/keys/1',
      '/keys/1/replace',
      '/keys/revoke?key_id=1',
      '/history',
      '/history.csv',
      '/apps',
    ];
    for (const path of pages) {
      const { status, body } = await browser.get(path);
      expect(status).toBe(200);
      expect(body).not.toContain(consumerKey);
      expect(body).not.toContain(consumerSecret);
    }
    const written = JSON.stringify([
      store.logs,
      await store.database.knex('consumer_keys'),
      await store.database.knex('audit_events'),
      await store.database.knex('sessions'),
      await store.database.knex('spent_forms'),
    ]);
    expect(written).not.toMatch(/c[ks]_[0-9a-f]{40}/);
  });

  test('is created once when its form is sent twice, in sequence or at the same time', async () => {
    const page = await browser.get('/keys/new');
    const form = filled(page.form('description'), NEW);
    const answers = await Promise.all(Array.from({ length: 5 }, () => browser.post('/keys/new', form)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409]);
    const repeated = await browser.post('/keys/new', form);
    expect(repeated.status).toBe(409);
    expect(textOf(repeated.body)).toContain('This form was already used');
    expect(await countKeys()).toBe(1);
  });

  test('can be created with the same form after a mistake was rejected', async () => {
    const rejected = await submit(browser, '/keys/new', { ...NEW, description: ' ' }, 'description');
    expect(rejected.status).toBe(400);
    expect(textOf(rejected.body)).toContain('Enter a description of 1 to 200 characters.');
    expect((await browser.post('/keys/new', filled(rejected.form('description'), NEW))).status).toBe(200);
  });

  test('can be created for any manager by an administrator, but only for themselves by a shop manager', async () => {
    expect((await submit(browser, '/keys/new', { ...NEW, owner: 'jonas' }, 'description')).status).toBe(200);
    const jonas = await store.signIn('jonas');
    const rejected = await submit(jonas, '/keys/new', NEW, 'description');
    expect([rejected.status, await countKeys()]).toEqual([400, 1]);
    const form = (await jonas.get('/keys/new')).form('description');
    expect(form.fields).not.toHaveProperty('owner');
    const typed = filled(form, { description: 'x', permissions: 'read' });
    expect((await jonas.post('/keys/new', typed)).status).toBe(200);
    expect((await store.app.consumerKeys.list()).map(({ userId }) => userId)).toEqual([2, 2]);
  });

  test.each([
    ['a description of nothing but control characters', { description: '\u0000\u202e\u200f ' }],
    ['a description that is too long', { description: 'x'.repeat(201) }],
    ['permissions that do not exist', { permissions: 'admin' }],
    ['permissions in capitals', { permissions: 'READ' }],
    ['no permissions', { permissions: '' }],
    ['an owner who does not exist', { owner: 'nobody' }],
    ['an owner who is not a manager', { owner: 'tom' }],
  ])('is not created with %s', async (_what, wrong) => {
    const answer = await submit(browser, '/keys/new', { ...NEW, ...wrong }, 'description');
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('role="alert"');
    expect(await countKeys()).toBe(0);
  });

  test.each([
    ['an unknown field', [['key_id', '7']], 400],
    ['an array', [['description[]', 'x']], 400],
    ['a nested array', [['permissions[a][b]', 'read']], 400],
    ['bytes that are not UTF-8', 'description=%ff', 400],
    ['a form id of another session', [['form_id', 'AAAA.BBBB']], 403],
  ] as const)('is not created by a form with %s', async (_what, extra, status) => {
    const pairs = filled((await browser.get('/keys/new')).form('description'), NEW);
    const form =
      typeof extra === 'string'
        ? pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&') + `&${extra}`
        : [...pairs, ...extra];
    const answer = await browser.post('/keys/new', form);
    expect(answer.status).toBe(status);
    expect(answer.body).toContain('<h1>');
    expect(await countKeys()).toBe(0);
  });

  test('has no control or bidi characters in its description', async () => {
    await submit(browser, '/keys/new', { ...NEW, description: ' A\u202eB\u0007\u0000C ' }, 'description');
    expect((await store.app.consumerKeys.list())[0]?.description).toBe('AB C');
  });
});

describe('a form that is not from a page of this session', () => {
  const paths = [
    '/keys/new',
    '/keys/1',
    '/keys/1/extend',
    '/keys/1/replace',
    '/keys/revoke',
    '/account/password',
    '/account/sign-out',
    '/account/sign-out-everywhere',
    '/users/new',
    '/users/2/password',
    '/users/2/role',
    '/users/2/disable',
    '/users/2/enable',
    '/users/2/remove',
  ];
  test.each(paths)('changes nothing at %s', async (path) => {
    await seedKey(store);
    const token = await tokenOf(browser);
    const before = await snapshot(store);
    const other = await tokenOf(await store.signIn('jonas'));
    const asOther = await snapshot(store);
    const fields = { form_id: 'x', key_id: '1', role: 'customer', new_password: 'longer password' };
    const missing = await browser.post(path, fields);
    const wrong = await browser.post(path, { ...fields, _wpnonce: `${token}x` });
    const otherNonce = await browser.post(path, { ...fields, _wpnonce: other });
    const elsewhere = await browser.post(
      path,
      { ...fields, _wpnonce: token },
      { origin: 'https://evil.example' },
    );
    const opaque = await browser.post(path, { ...fields, _wpnonce: token }, { origin: 'null' });
    const inQuery = await browser.post(`${path}?_wpnonce=${token}`, fields);
    const answers = [missing, wrong, otherNonce, elsewhere, opaque, inQuery];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
    expect(await snapshot(store)).toBe(asOther);
    expect(before).not.toBe('');
  });

  test.each(paths)('leads an anonymous visitor to the sign-in page from %s', async (path) => {
    const { status, location } = await store.browser(store.tlsUrl).post(path, { _wpnonce: 'x' });
    expect([status, location]).toEqual([303, `${store.tlsUrl}/login?redirect_to=%2F&form_lost=1`]);
  });

  test.each(paths)('changes nothing when it is sent by GET to %s', async (path) => {
    await seedKey(store);
    const before = await snapshot(store);
    await browser.get(`${path}?_wpnonce=${await tokenOf(browser)}&key_id=1&role=customer&confirm=1`);
    expect(await snapshot(store)).toBe(before);
  });
});
