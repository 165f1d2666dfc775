import { ask, openConsent, route } from '../support/scenes/grant-scene';
import { htmlForms, textOf, titleOf } from '../support/http/html-forms';
import { startTestStore, type TestStore } from '../support/store/test-store';

const NO_PERMISSION = 'Error: You do not have permission to access this page.';

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({
    hosts: { 'app.example': '93.184.216.34', 'lan.example': '10.1.2.3', 'v6.example': 'fd00::1' },
  });
  await store.addUser('shopper', 'customer');
  await store.addUser('keeper', 'shop_manager');
});
afterAll(() => store.close());

const lookupsDuring = async (work: () => Promise<unknown>) => {
  const before = store.lookups.length;
  await work();
  return store.lookups.slice(before);
};

describe('authorize', () => {
  test.each(['GET', 'POST'])(
    'redirects an anonymous %s to login with the same five parameters',
    async (method) => {
      const answer = await store.browser().send(method, route('authorize', ask()));
      expect([answer.status, answer.location]).toEqual([302, store.url + route('login', ask())]);
    },
  );

  test('does not pass on a parameter beside the five', async () => {
    const answer = await store.browser().get(`${route('authorize', ask())}&redirect_to=//evil.example&x=1`);
    expect(answer.location).toBe(store.url + route('login', ask()));
  });

  test.each([
    ['manager', 'administrator'],
    ['keeper', 'shop_manager'],
  ])('shows the consent page to %s (%s)', async (login) => {
    const browser = await store.signIn(login);
    for (const method of ['GET', 'POST']) {
      const answer = await browser.send(method, route('authorize', ask()));
      expect([answer.status, titleOf(answer.body)]).toEqual([200, expect.stringContaining('Connect an app')]);
    }
  });

  test('answers HEAD like GET, without a body', async () => {
    const browser = await store.signIn();
    const answer = await browser.send('HEAD', route('authorize', ask()));
    expect([answer.status, answer.body]).toEqual([200, '']);
  });
});

describe('a customer', () => {
  test('is rejected and can sign in as someone else, who gets the same request', async () => {
    const browser = await store.signIn('shopper');
    const rejected = await browser.get(route('authorize', ask()));
    expect([rejected.status, textOf(rejected.body)]).toEqual([401, expect.stringContaining(NO_PERMISSION)]);
    expect(textOf(rejected.body)).toContain('You are signed in as shopper . Sign in as someone else');

    const { action, fields } = rejected.form('_wpnonce');
    const out = await browser.post(action, fields);
    expect([out.status, out.location]).toEqual([303, store.url + route('login', ask())]);
    expect((await browser.get(out.location)).body).toContain('name="password"');
  });

  test('is rejected without that link at routes that show no consent page', async () => {
    const browser = await store.signIn('shopper');
    for (const name of ['access_granted', 'access_denied']) {
      for (const method of ['GET', 'POST']) {
        const answer = await browser.send(method, route(name, ask()));
        expect([answer.status, textOf(answer.body)]).toEqual([401, expect.stringContaining(NO_PERMISSION)]);
      }
    }
  });
});

describe('access_granted and access_denied', () => {
  test.each(['access_granted', 'access_denied'])('reject an anonymous request to %s', async (name) => {
    for (const method of ['GET', 'HEAD', 'POST']) {
      const answer = await store.browser().send(method, route(name, ask()));
      expect(answer.status).toBe(401);
    }
    expect(textOf((await store.browser().get(route(name, ask()))).body)).toContain(NO_PERMISSION);
  });
});

describe('a callback address that the server may not call, rejected before the consent page', () => {
  const literal: readonly [string, string][] = [
    ['https://127.0.0.1/cb', 'loopback'],
    ['https://0x7f.1/cb', 'loopback'],
    ['https://[::1]/cb', 'loopback'],
    ['https://10.0.0.8/cb', 'private network'],
    ['https://169.254.169.254/cb', 'link-local'],
    ['https://100.64.1.1/cb', 'carrier NAT'],
    ['https://224.0.0.1/cb', 'multicast'],
  ];
  test.each(literal)('rejects %s before anyone signs in, and names the rule', async (callback, rule) => {
    const answer = await store.browser().get(route('authorize', ask({ callback_url: callback })));
    expect([answer.status, textOf(answer.body)]).toEqual([
      401,
      expect.stringContaining(`is a non-public address (${rule})`),
    ]);
  });

  test('rejects the store’s own address, because a key must not be sent back to its issuer', async () => {
    const own = await startTestStore({ tls: true, env: { CALLBACK_ALLOW_HOSTS: '' } });
    const answer = await own
      .browser(own.tlsUrl)
      .get(route('authorize', ask({ callback_url: `${own.tlsUrl}/cb` })));
    expect([answer.status, textOf(answer.body)]).toEqual([
      401,
      expect.stringContaining('is this store’s own address'),
    ]);
    await own.close();
  });

  test.each([
    ['https://lan.example/cb', 'leads to a non-public address (private network)'],
    ['https://v6.example/cb', 'leads to a non-public address (private network)'],
    ['https://nowhere.example/cb', 'cannot be found'],
  ])('rejects %s only for a signed-in manager', async (callback, rule) => {
    const asked = route('authorize', ask({ callback_url: callback }));
    const strangers = [store.browser(), await store.signIn('shopper')];
    const seen = await lookupsDuring(async () => {
      for (const browser of strangers) await browser.get(asked);
      await store.browser().get(route('login', ask({ callback_url: callback })));
    });
    expect(seen).toEqual([]);
    const manager = await store.signIn();
    const answer = await manager.get(asked);
    expect([answer.status, textOf(answer.body)]).toEqual([401, expect.stringContaining(rule)]);
    expect(answer.body).not.toMatch(/10\.1\.2\.3|fd00/);
    expect(store.lookups.at(-1)).toBe(new URL(callback).hostname);
  });

  test('cuts a host longer than 200 characters in the error that names it', async () => {
    const host = `${`${'a'.repeat(60)}.`.repeat(4)}example`;
    const manager = await store.signIn();
    const answer = await manager.get(route('authorize', ask({ callback_url: `https://${host}/cb` })));
    expect([answer.status, textOf(answer.body)]).toEqual([
      401,
      expect.stringContaining(`The callback host ${host.slice(0, 200)} cannot be found`),
    ]);
  });

  test('looks a public name up once and shows the consent page', async () => {
    const manager = await store.signIn();
    const seen = await lookupsDuring(() =>
      openConsent(manager, ask({ callback_url: 'https://app.example/cb' })),
    );
    expect(seen).toEqual(['app.example']);
  });

  test('does not look up a host of CALLBACK_ALLOW_HOSTS before delivery', async () => {
    const manager = await store.signIn();
    const seen = await lookupsDuring(() =>
      openConsent(manager, ask({ callback_url: 'https://localhost:9/cb' })),
    );
    expect(seen).toEqual([]);
  });

  test('opens no grant request for a rejected address', async () => {
    const rows = await store.database
      .knex('grant_requests')
      .whereNot('callback_url', 'like', '%app.example%');
    expect(
      rows.every((row: { callback_url: string }) => row.callback_url.startsWith('https://localhost')),
    ).toBe(true);
    expect(await store.app.consumerKeys.list()).toEqual([]);
  });
});

test('each page of a grant has at most one form action for a person, besides signing out', async () => {
  const manager = await store.signIn();
  const { page } = await openConsent(manager, ask());
  expect(htmlForms(page.body).map(({ action }) => action)).toEqual([
    '/wc-auth/v1/logout',
    '/wc-auth/v1/access_granted',
  ]);
});
