import { ask, route } from '../support/scenes/grant-scene';
import {
  fakeClock,
  isSignedIn,
  MANAGER,
  PASSWORD,
  startTestStore,
  type TestStore,
} from '../support/store/test-store';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

async function withStore(
  options: Parameters<typeof startTestStore>[0],
  work: (store: TestStore) => Promise<void>,
) {
  const store = await startTestStore(options);
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

/** Returns the `Set-Cookie` lines of signing in. */
async function cookiesOf(
  store: TestStore,
  base: string,
  headers: Record<string, string> = {},
): Promise<string[]> {
  const browser = store.browser(base);
  const page = await browser.get('/login', headers);
  const { fields } = page.form('wc_auth_csrf');
  const answer = await browser.post('/login', { ...fields, username: MANAGER, password: PASSWORD }, headers);
  expect(answer.status).toBe(302);
  return [...(page.headers['set-cookie'] ?? []), ...(answer.headers['set-cookie'] ?? [])];
}

describe('a session', () => {
  test('ends two hours after the last visit', async () => {
    const clock = fakeClock();
    await withStore({ clock }, async (store) => {
      const manager = await store.signInByForm();
      for (let visit = 0; visit < 5; visit++) {
        clock.pass(119 * MINUTE);
        expect(await isSignedIn(manager)).toBe(true);
      }
      clock.pass(120 * MINUTE);
      expect(await isSignedIn(manager)).toBe(false);
    });
  });

  test('ends a day after signing in, however active it is', async () => {
    const clock = fakeClock();
    await withStore({ clock }, async (store) => {
      const manager = await store.signInByForm();
      for (let hour = 1; hour < 24; hour++) {
        clock.pass(HOUR);
        expect(await isSignedIn(manager)).toBe(true);
      }
      clock.pass(HOUR);
      expect(await isSignedIn(manager)).toBe(false);
    });
  });

  test('ends after the times that SESSION_IDLE_MINUTES and SESSION_ABSOLUTE_HOURS set', async () => {
    const clock = fakeClock();
    await withStore(
      { clock, env: { SESSION_IDLE_MINUTES: '10', SESSION_ABSOLUTE_HOURS: '1' } },
      async (store) => {
        const idle = await store.signInByForm();
        clock.pass(10 * MINUTE);
        expect(await isSignedIn(idle)).toBe(false);
        const busy = await store.signInByForm();
        for (let visit = 0; visit < 6; visit++) {
          expect(await isSignedIn(busy)).toBe(true);
          clock.pass(9.99 * MINUTE);
        }
        clock.pass(MINUTE);
        expect(await isSignedIn(busy)).toBe(false);
      },
    );
  });

  test('is removed after its end, while active ones are kept', async () => {
    const clock = fakeClock();
    await withStore({ clock }, async (store) => {
      await store.signInByForm();
      clock.pass(HOUR);
      const living = await store.signInByForm();
      clock.pass(HOUR);
      await store.app.janitor.round();
      expect(await store.database.knex('sessions')).toHaveLength(1);
      expect(await isSignedIn(living)).toBe(true);
    });
  });

  test('ends at once when the account is disabled or removed, and does not return when the account is enabled', async () => {
    await withStore({}, async (store) => {
      const { userId } = await store.userOf();
      const manager = await store.signInByForm();
      await store.app.users.setDisabled(userId, Date.now());
      expect(await isSignedIn(manager)).toBe(false);
      await store.app.users.setDisabled(userId, null);
      const newBrowser = await store.signInByForm();
      await store.app.users.remove(userId);
      expect(await isSignedIn(newBrowser)).toBe(false);
      expect(await store.database.knex('sessions')).toEqual([]);
    });
  });
});

describe('a session cookie', () => {
  test('is rejected when the server did not issue it, or when it is a stored hash', async () => {
    await withStore({}, async (store) => {
      const manager = await store.signInByForm();
      const { session_hash: hash } = (await store.database.knex('sessions').first()) as {
        session_hash: string;
      };
      for (const value of [
        hash,
        '',
        'x'.repeat(43),
        `${String(manager.cookies.get('wc_auth_session'))}=`,
        '%00',
      ]) {
        const browser = store.browser();
        browser.cookies.set('wc_auth_session', value);
        expect(await isSignedIn(browser)).toBe(false);
      }
    });
  });

  test('over plain HTTP is HttpOnly and SameSite=Lax, and a session ends with the browser', async () => {
    await withStore({}, async (store) => {
      const cookies = await cookiesOf(store, store.url);
      expect(cookies).toEqual([
        expect.stringMatching(/^wc_auth_sign_in=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax$/),
        expect.stringMatching(/^wc_auth_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
        expect.stringMatching(/^wc_auth_sign_in=; Path=\/; Expires=Thu, 01 Jan 1970/),
        expect.stringMatching(
          /^wc_auth_known_browser=[\w.-]+; Max-Age=34560000; Path=\/; .*HttpOnly; SameSite=Lax$/,
        ),
      ]);
    });
  });

  test('over TLS is Secure with the prefix __Host-', async () => {
    await withStore({ tls: true }, async (store) => {
      const cookies = await cookiesOf(store, store.tlsUrl);
      expect(cookies.slice(0, 2)).toEqual([
        expect.stringMatching(/^__Host-wc_auth_sign_in=[\w-]{32}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
        expect.stringMatching(/^__Host-wc_auth_session=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
      ]);
      expect(cookies.join()).not.toMatch(/Domain/i);
    });
  });

  test('of a store under a path is limited to the path, with __Secure-, because __Host- requires Path=/', async () => {
    await withStore({ path: '/shop' }, async (store) => {
      const [, session] = await cookiesOf(store, store.url);
      expect(session).toMatch(/^wc_auth_session=[\w-]{43}; Path=\/shop; HttpOnly; SameSite=Lax$/);
    });
    await withStore({ path: '/shop', tls: true }, async (store) => {
      const [, session] = await cookiesOf(store, store.tlsUrl);
      expect(session).toMatch(
        /^__Secure-wc_auth_session=[\w-]{43}; Path=\/shop; HttpOnly; Secure; SameSite=Lax$/,
      );
    });
  });

  test('is Secure behind a trusted proxy that received TLS, but not behind an untrusted one', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    await withStore({ env: { TRUST_PROXY: 'loopback' } }, async (store) => {
      const [, session] = await cookiesOf(store, store.url, headers);
      expect(session).toMatch(/^__Host-wc_auth_session=.*; Secure/);
    });
    await withStore({}, async (store) => {
      const [, session] = await cookiesOf(store, store.url, headers);
      expect(session).toMatch(/^wc_auth_session=(?!.*Secure)/);
    });
  });

  test('is ignored over TLS when it was planted over plain HTTP', async () => {
    await withStore({ tls: true }, async (store) => {
      const manager = await store.signInByForm();
      const token = String(manager.cookies.get('__Host-wc_auth_session'));
      const planted = store.browser(store.tlsUrl);
      planted.cookies.set('wc_auth_session', token);
      expect(await isSignedIn(planted)).toBe(false);
    });
  });
});

describe('a store with an https STORE_URL', () => {
  let store: TestStore;
  beforeAll(async () => (store = await startTestStore({ tls: true, path: '/shop' })));
  afterAll(() => store.close());

  test.each(['/login', '/', '/login?redirect_to=%2Fx', route('authorize', ask()), '/wc-auth/v1/logout'])(
    'redirects %s over plain HTTP to STORE_URL',
    async (target) => {
      const answer = await store.browser(store.url).get(target);
      expect([answer.status, answer.location]).toEqual([302, store.tlsUrl + target]);
      expect(answer.headers['set-cookie']).toBeUndefined();
    },
  );

  test('redirects to STORE_URL whatever Host or path the request names', async () => {
    for (const target of ['//evil.example/', '/\\evil.example', '/@evil.example']) {
      const answer = await store.browser(store.url).get(target, { host: 'evil.example' });
      expect(new URL(answer.location).origin).toBe(new URL(store.tlsUrl).origin);
    }
  });

  test('rejects a password over plain HTTP, even a correct one', async () => {
    const { fields } = (await store.browser(store.tlsUrl).get('/login')).form('wc_auth_csrf');
    for (const target of ['/login', route('login', ask())]) {
      const form = { ...fields, username: MANAGER, password: PASSWORD };
      const answer = await store.browser(store.url).post(target, form);
      expect([answer.status, answer.location]).toEqual([303, store.tlsUrl + target]);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect(await store.app.audit.list(5)).toEqual([]);
    expect(await store.database.knex('sessions')).toEqual([]);
  });

  test('tells browsers to use only TLS', async () => {
    const { headers } = await store.browser(store.tlsUrl).get('/login');
    expect(headers['strict-transport-security']).toMatch(/^max-age=31536000/);
  });

  test('accepts a sign-in over TLS', async () => {
    expect(await isSignedIn(await store.signInByForm())).toBe(true);
  });
});
