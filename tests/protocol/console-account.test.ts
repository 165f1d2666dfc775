import { seedKey, snapshot, submit, tokenOf } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: HttpBrowser;
beforeEach(async () => {
  store = await startTestStore();
  await store.addUser('tom', 'customer');
  browser = await store.signInByForm();
});
afterEach(() => store.close());

const NEW_PASSWORD = 'battery staple horse';
const changed = { current_password: PASSWORD, new_password: NEW_PASSWORD, new_password_again: NEW_PASSWORD };
const isSignedIn = async (who: HttpBrowser) => (await who.get('/account')).status === 200;
const signOutForms = (body: string) =>
  [...body.matchAll(/<input type="hidden" name="session" value="([^"]*)">/g)].map(([, id = '']) => id);
const lastEvent = async () => (await store.app.audit.list(1))[0];

describe('a change of one’s own password', () => {
  test('asks for the current password, ends the other sessions and writes an audit entry', async () => {
    const elsewhere = await store.signIn();
    const tom = await store.signIn('tom');
    const answer = await submit(browser, '/account', changed);
    expect([answer.status, answer.location]).toEqual([303, `${store.url}/account?done=password`]);
    expect(textOf((await browser.get(answer.location)).body)).toContain('Your password was changed.');
    expect((await tom.get('/account?done=password')).body).not.toContain('role="status"');
    expect([await isSignedIn(browser), await isSignedIn(elsewhere), await isSignedIn(tom)]).toEqual([
      true,
      false,
      true,
    ]);
    expect(await store.app.users.authenticate(MANAGER, NEW_PASSWORD)).toBeDefined();
    expect(await store.app.users.authenticate(MANAGER, PASSWORD)).toBeUndefined();
    expect(await lastEvent()).toMatchObject({
      event: 'user.password_changed',
      login: MANAGER,
      address: '127.0.0.1',
    });
  });

  test.each([
    ['a wrong current one', { current_password: 'not it' }, 403, 'The current password is wrong'],
    ['no current password', { current_password: '' }, 403, 'The current password is wrong'],
    [
      'two new passwords that differ',
      { new_password_again: 'another thing' },
      400,
      'The two new passwords are different',
    ],
    [
      'a new password that is too short',
      { new_password: 'short', new_password_again: 'short' },
      400,
      'at least 8 characters',
    ],
    [
      'a new password that is too long',
      { new_password: 'x'.repeat(1025), new_password_again: 'x'.repeat(1025) },
      400,
      'at most 1024 characters',
    ],
  ])('rejects %s and changes nothing', async (_what, wrong, status, words) => {
    const elsewhere = await store.signIn();
    const before = await snapshot(store);
    const answer = await submit(browser, '/account', { ...changed, ...wrong });
    expect(answer.status).toBe(status);
    expect(textOf(answer.body)).toContain(words);
    expect(answer.body).not.toContain(NEW_PASSWORD);
    expect(await snapshot(store)).toBe(before);
    expect(await isSignedIn(elsewhere)).toBe(true);
  });

  test('rejects an unknown field', async () => {
    const answer = await submit(browser, '/account', { ...changed, user_id: '2' });
    expect(answer.status).toBe(400);
    expect(await store.app.users.authenticate(MANAGER, PASSWORD)).toBeDefined();
  });

  test('is open to customers, who have nothing else to manage', async () => {
    const tom = await store.signIn('tom');
    expect(textOf((await tom.get('/account')).body)).toContain('There is nothing to manage here');
    expect((await submit(tom, '/account', changed)).status).toBe(303);
  });
});

describe('the list of signed-in browsers', () => {
  test('names the browser and the system, and folds the user agent below', async () => {
    const userAgent =
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36';
    await store.database.knex('sessions').update({ user_agent: userAgent });
    const { body } = await browser.get('/account');
    expect(body).toMatch(/<span class="key-name"[^>]*>Chrome on Android<\/span>/);
    const folded = /<details>[\s\S]*?<\/details>/.exec(body)![0];
    expect(textOf(folded)).toBe(`Details User agent: ${userAgent}`);
    expect(textOf(body.replace(folded, ''))).not.toContain('Mozilla');
  });

  test('has nothing to unfold for a browser that sent no user agent', async () => {
    await store.database.knex('sessions').update({ user_agent: '' });
    const { body } = await browser.get('/account');
    expect(textOf(body)).toContain('Unknown browser This browser');
    expect(body).not.toContain('<details>');
  });

  test('shows the address, the user agent as plain text, and which browser is the current one', async () => {
    const evil = '<script>alert(1)</script>"';
    await store.database.knex('sessions').update({ user_agent: evil });
    const { body } = await browser.get('/account');
    expect(body).toContain('&lt;script&gt;alert(1)&lt;/script&gt;&#34;');
    expect(body).not.toContain('<script>alert');
    expect(textOf(body)).toMatch(/This browser 127\.0\.0\.1 Last seen now .* Signed in now /);
  });

  test('contains nothing that another browser could use, and no browser of another user', async () => {
    await store.signIn('tom');
    const { body } = await browser.get('/account');
    const hashes = await store.database.knex<{ session_hash: string }>('sessions').select('session_hash');
    for (const { session_hash: hash } of hashes) expect(body).not.toContain(hash.slice(0, 12));
    expect(signOutForms(body)).toHaveLength(1);
    for (const value of browser.cookies.values()) expect(body).not.toContain(value);
  });

  test('signs out one other browser', async () => {
    const elsewhere = await store.signIn();
    const third = await store.signIn();
    const own = signOutForms((await third.get('/account')).body);
    expect(own).toHaveLength(3);
    const named = await submit(third, '/account', { session: own.at(-1)! }, 'session');
    expect(named.status).toBe(303);
    const states = [await isSignedIn(browser), await isSignedIn(elsewhere), await isSignedIn(third)];
    expect(states.filter(Boolean)).toHaveLength(2);
    expect(await lastEvent()).toMatchObject({ event: 'session.signed_out', login: MANAGER });
  });

  test('signs out the current browser', async () => {
    const [own = ''] = signOutForms((await browser.get('/account')).body);
    const answer = await submit(browser, '/account', { session: own }, 'session');
    expect(answer.location).toBe(`${store.url}/login?logged_out=1`);
    expect(await isSignedIn(browser)).toBe(false);
  });

  test('signs out all browsers of the user', async () => {
    const elsewhere = await store.signIn();
    const tom = await store.signIn('tom');
    const answer = await browser.post('/account/sign-out-everywhere', { _wpnonce: await tokenOf(browser) });
    expect(answer.location).toBe(`${store.url}/login?logged_out=1`);
    expect([await isSignedIn(browser), await isSignedIn(elsewhere), await isSignedIn(tom)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('does not sign out a browser of another user', async () => {
    const tom = await store.signIn('tom');
    const [theirs = ''] = signOutForms((await tom.get('/account')).body);
    const answer = await submit(browser, '/account', { session: theirs }, 'session');
    expect([answer.status, await isSignedIn(tom)]).toEqual([404, true]);
    expect((await submit(browser, '/account', { session: 'x' }, 'session')).status).toBe(404);
  });

  test('omits expired sessions', async () => {
    await store.signIn();
    await store.database.knex('sessions').where('created_at', '>', 0).limit(1).update({ expires_at: 1 });
    const second = await store.signIn();
    expect(signOutForms((await second.get('/account')).body)).toHaveLength(1);
  });
});

test('forgets a spent form together with its session', async () => {
  await submit(
    browser,
    '/keys/new',
    { description: 'x', permissions: 'read', owner: MANAGER },
    'description',
  );
  await seedKey(store);
  expect(await store.database.knex('spent_forms')).toHaveLength(1);
  await browser.post('/account/sign-out-everywhere', { _wpnonce: await tokenOf(browser) });
  expect(await store.database.knex('spent_forms')).toHaveLength(0);
});
