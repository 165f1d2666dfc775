import { seedKey, snapshot } from '../support/scenes/console-scene';
import { ask, route } from '../support/scenes/grant-scene';
import { htmlForms } from '../support/http/html-forms';
import { without, type Answer, type Form, type HttpBrowser } from '../support/http/http-browser';
import { withRoutes } from '../support/http/routes';
import { MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

/** A form that changes something: its page, its target, and what a person types into it. */
interface FormOfRoute {
  readonly page: string;
  readonly action: string;
  /** The action of the form to send, if it differs from `action`. */
  readonly formOf?: string;
  readonly typed?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly signedIn?: false;
}

const NEW_PASSWORD = 'battery staple horse';
const PASSWORDS = {
  current_password: PASSWORD,
  new_password: NEW_PASSWORD,
  new_password_again: NEW_PASSWORD,
};
const SIGN_IN = {
  typed: { username: MANAGER, password: PASSWORD },
  token: 'wc_auth_csrf',
  signedIn: false,
} as const;
const CONSENT = { page: route('authorize', ask()), token: 'wc_auth_nonce' };
const GRANT_ROUTES = String.raw`ALL /^\/wc-auth\/v1(?:\/|$)/`;
const SHOPPER_LOGOUT = String.raw`POST /^\/shopper\/auth\/v1\/organizations\/[^/]+\/oauth2\/logout\/?$/i`;

const FORMS: Readonly<Record<string, readonly FormOfRoute[]>> = {
  'POST /login': [{ page: '/login', action: '/login', ...SIGN_IN }],
  [GRANT_ROUTES]: [
    { page: route('login', ask()), action: route('login', ask()), ...SIGN_IN },
    { ...CONSENT, action: '/wc-auth/v1/access_granted' },
    { ...CONSENT, action: '/wc-auth/v1/access_denied', formOf: '/wc-auth/v1/access_granted' },
  ],
  'POST /wc-auth/v1/logout': [{ page: '/wc-auth/v1/logout', action: '/wc-auth/v1/logout' }],
  // None of our pages has this form. The test uses the token of the console's forms.
  'POST /wc-auth/v1/revoke': [
    {
      page: '/account',
      action: '/wc-auth/v1/revoke',
      formOf: '/account/sign-out-everywhere',
      typed: { key_id: '1' },
    },
  ],
  'POST /keys/new': [
    {
      page: '/keys/new',
      action: '/keys/new',
      typed: { description: 'New', permissions: 'read', 'resources[]': 'orders' },
    },
  ],
  'POST /keys/revoke': [{ page: '/keys/revoke?key_id[]=1', action: '/keys/revoke' }],
  'POST /apps/disconnect': [
    { page: '/apps/disconnect?app=Parcel%20Pilot&user_id=1', action: '/apps/disconnect' },
  ],
  'POST /keys/:keyId': [
    {
      page: '/keys/1',
      action: '/keys/1',
      typed: { description: 'Another', permissions: 'read', 'resources[]': 'orders' },
    },
  ],
  'POST /keys/:keyId/extend': [
    {
      page: '/keys/1',
      action: '/keys/1/extend',
      typed: { days: '30', extend_password: PASSWORD },
    },
  ],
  'POST /keys/:keyId/replace': [
    { page: '/keys/1/replace', action: '/keys/1/replace', typed: { overlap: '7' } },
  ],
  'POST /account/password': [{ page: '/account', action: '/account/password', typed: PASSWORDS }],
  'POST /account/sign-out': [{ page: '/account', action: '/account/sign-out' }],
  'POST /account/sign-out-everywhere': [{ page: '/account', action: '/account/sign-out-everywhere' }],
  'POST /account/edit': [
    {
      page: '/account/edit',
      action: '/account/edit',
      typed: { email: 'new@store.test', current_password: PASSWORD },
    },
  ],
  'POST /users/:userId/edit': [
    { page: '/users/2/edit', action: '/users/2/edit', typed: { login: 'jonas.lind' } },
  ],
  'POST /users/new': [
    {
      page: '/users/new',
      action: '/users/new',
      typed: { login: 'ida', email: 'ida@store.test', role: 'customer', password: PASSWORD },
    },
  ],
  'POST /users/:userId/password': [
    { page: '/users/2', action: '/users/2/password', typed: { new_password: NEW_PASSWORD } },
  ],
  'POST /users/:userId/role': [{ page: '/users/2/role?role=customer', action: '/users/2/role' }],
  'POST /users/:userId/disable': [{ page: '/users/2/disable', action: '/users/2/disable' }],
  'POST /users/:userId/enable': [{ page: '/users/3', action: '/users/3/enable' }],
  'POST /users/:userId/remove': [{ page: '/users/2/remove', action: '/users/2/remove' }],
};
/** Routes that accept only a Bearer or Basic credential, which no browser sends on its own. */
const WITHOUT_COOKIES = ['POST /auth/logout', SHOPPER_LOGOUT];

async function startStore(): Promise<TestStore> {
  const store = await startTestStore();
  await store.addUser('jonas', 'shop_manager');
  const { userId } = await store.addUser('tom', 'customer');
  await store.app.users.setDisabled(userId, Date.now());
  await seedKey(store, { app: {}, limits: { expiresAt: Date.now() + 86_400_000 } });
  return store;
}

let routes: readonly string[];
beforeAll(async () => {
  let store: TestStore;
  [store, routes] = await withRoutes(startTestStore);
  await store.close();
});

test('this suite has a form for every route that accepts a POST, and no others', () => {
  const anyMethod = routes.filter((name) => name.startsWith('ALL '));
  const posts = routes.filter((name) => name.startsWith('POST '));
  // An ALL route beside a POST route only answers 405.
  const further = anyMethod.filter((name) => !posts.includes(name.replace('ALL', 'POST')));
  expect([...posts, ...further].sort()).toEqual([...Object.keys(FORMS), ...WITHOUT_COOKIES].sort());
});

describe.each(Object.entries(FORMS).flatMap(([name, forms]) => forms.map((form) => [name, form] as const)))(
  'the form of %s',
  (_name, { page, action, formOf, typed = {}, token = '_wpnonce', signedIn = true }) => {
    let store: TestStore;
    let browser: HttpBrowser;
    let fields: Readonly<Record<string, string>>;
    let otherToken: string;
    beforeAll(async () => {
      store = await startStore();
      const open = async () => {
        const who = signedIn ? await store.signIn() : store.browser();
        const forms = htmlForms((await who.get(page)).body);
        const form = forms.find((one) => one.action === (formOf ?? action))!;
        return { who, fields: { ...form.fields, ...typed } };
      };
      otherToken = (await open()).fields[token]!;
      ({ who: browser, fields } = await open());
    });
    afterAll(() => store.close());

    const elsewhere: readonly Readonly<Record<string, string>>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: '' },
    ];
    test.each<[string, () => Promise<Answer>]>([
      ...elsewhere.map((headers): [string, () => Promise<Answer>] => [
        `from Origin: ${JSON.stringify(headers['origin'])}`,
        () => browser.post(action, fields, headers),
      ]),
      ...['cross-site', 'same-site'].map((site): [string, () => Promise<Answer>] => [
        `with Sec-Fetch-Site: ${site} alone`,
        () => sendWithoutOrigin(browser, action, fields, { 'sec-fetch-site': site }),
      ]),
      ['without its token', () => browser.post(action, without(fields, token))],
      ['with a token that is wrong', () => browser.post(action, { ...fields, [token]: 'x'.repeat(43) })],
      ["with another session's token", () => browser.post(action, { ...fields, [token]: otherToken })],
      [
        'with its token in the query',
        () => browser.post(withQuery(action, token, fields[token]!), without(fields, token)),
      ],
      [
        'with its token as a list',
        () => browser.post(action, { ...without(fields, token), [`${token}[]`]: fields[token]! }),
      ],
      ['by an anonymous visitor, with its token', () => store.browser().post(action, fields)],
    ])('changes nothing %s', async (_how, send) => {
      const before = await stateOf(store);
      const { status, location } = await send();
      // An anonymous visitor is redirected to sign in.
      if (status === 303) expect(location).toMatch(/\/login\?(?:redirect_to|logged_out)=/);
      else expect([400, 401, 403]).toContain(status);
      expect(await stateOf(store)).toBe(before);
    });

    test('makes its change from its own page', async () => {
      const before = await stateOf(store);
      await browser.post(action, fields);
      expect(await stateOf(store)).not.toBe(before);
    });
  },
);

test.each(['/auth/logout', '/shopper/auth/v1/organizations/o/oauth2/logout'])(
  'accepts no session at %s, whatever token the form has',
  async (target) => {
    const store = await startStore();
    try {
      const browser = await store.signIn();
      const { fields } = (await browser.get('/account')).form('current_password');
      const before = await stateOf(store);
      const form = { _wpnonce: fields['_wpnonce']!, key_id: '1' };
      expect((await browser.post(target, form)).status).toBe(401);
      expect(await stateOf(store)).toBe(before);
    } finally {
      await store.close();
    }
  },
);

/** Returns keys, accounts, sessions and decisions: all that a form could change. */
async function stateOf(store: TestStore): Promise<string> {
  const decisions = await store.database
    .knex('grant_requests')
    .select('nonce_hash', 'decision')
    .orderBy('nonce_hash');
  return (await snapshot(store)) + JSON.stringify(decisions);
}

function sendWithoutOrigin(
  browser: HttpBrowser,
  action: string,
  fields: Exclude<Form, string>,
  headers: Readonly<Record<string, string>>,
): Promise<Answer> {
  return browser.send('POST', action, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields as Record<string, string>).toString(),
  });
}

const withQuery = (target: string, name: string, value: string) =>
  `${target}${target.includes('?') ? '&' : '?'}${name}=${encodeURIComponent(value)}`;
