import { ask, openConsent, route } from '../support/scenes/grant-scene';
import { without, type Answer, type HttpBrowser } from '../support/http/http-browser';
import { isSignedIn, MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

/** A form of this server with the values that its page gave it. */
interface Filled {
  readonly browser: HttpBrowser;
  readonly target: string;
  readonly fields: Record<string, string>;
  /** The name of its hidden token. */
  readonly token: string;
  /** Returns whether the form had its effect. */
  done(answer: Answer): Promise<boolean>;
}

let store: TestStore;
beforeAll(async () => (store = await startTestStore()));
afterAll(() => store.close());

async function signInForm(page: string): Promise<Filled> {
  const browser = store.browser();
  const { fields } = (await browser.get(page)).form('wc_auth_csrf');
  return {
    browser,
    target: page,
    fields: { ...fields, username: MANAGER, password: PASSWORD },
    token: 'wc_auth_csrf',
    done: () => isSignedIn(browser),
  };
}

async function decisionForm(name: 'access_granted' | 'access_denied'): Promise<Filled> {
  const browser = await store.signIn();
  // No server listens there, so an accepted Approve fails, but it is decided.
  const { fields } = await openConsent(browser, ask());
  const requests = () => store.database.knex('grant_requests');
  const { grant_request_id } = (await requests().orderBy('grant_request_id', 'desc').first()) as {
    grant_request_id: number;
  };
  return {
    browser,
    target: `/wc-auth/v1/${name}`,
    fields: { ...fields },
    token: 'wc_auth_nonce',
    done: async () => {
      const row = (await requests().where({ grant_request_id }).first()) as
        { decision: string | null } | undefined;
      return row?.decision != null;
    },
  };
}

async function logoutForm(): Promise<Filled> {
  const browser = await store.signIn();
  const { fields } = (await browser.get('/wc-auth/v1/logout')).form('_wpnonce');
  const copy = browser.copy();
  return {
    browser,
    target: '/wc-auth/v1/logout',
    fields: { ...fields },
    token: '_wpnonce',
    done: async () => !(await isSignedIn(copy)),
  };
}

const FORMS: readonly [string, () => Promise<Filled>][] = [
  ['sign in', () => signInForm('/login')],
  ['sign in for a grant', () => signInForm(route('login', ask()))],
  ['Approve', () => decisionForm('access_granted')],
  ['Deny', () => decisionForm('access_denied')],
  ['sign out', logoutForm],
];

describe.each(FORMS)('the form to %s', (_name, fill) => {
  test('is accepted from our own page, and from a client that is not a browser', async () => {
    const ownPage = await fill();
    expect(await ownPage.done(await ownPage.browser.post(ownPage.target, ownPage.fields))).toBe(true);
    for (const headers of [{}, { 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }]) {
      const form = await fill();
      const answer = await form.browser.send('POST', form.target, {
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams(form.fields).toString(),
      });
      expect(await form.done(answer)).toBe(true);
    }
  });

  const foreign: readonly Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://127.0.0.1' },
    { origin: 'http://127.0.0.1:1' },
    { origin: 'http://127.0.0.1.evil.example' },
    { origin: 'file://' },
  ];
  test.each(foreign)('is rejected from another site: %j', async (headers) => {
    const form = await fill();
    const answer = await form.browser.post(form.target, form.fields, headers);
    expect([401, 403]).toContain(answer.status);
    expect(await form.done(answer)).toBe(false);
  });

  test.each(['cross-site', 'same-site', 'nonsense'])(
    'is rejected with Sec-Fetch-Site: %s alone',
    async (site) => {
      const form = await fill();
      const answer = await form.browser.send('POST', form.target, {
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': site },
        body: new URLSearchParams(form.fields).toString(),
      });
      expect([401, 403]).toContain(answer.status);
      expect(await form.done(answer)).toBe(false);
    },
  );

  test.each([undefined, '', 'wrong', 'x'.repeat(43), '0'.repeat(40)])(
    'is rejected with the token %j',
    async (value) => {
      const form = await fill();
      const rest = without(form.fields, form.token);
      const fields = value === undefined ? rest : { ...rest, [form.token]: value };
      const answer = await form.browser.post(form.target, fields);
      expect([401, 403]).toContain(answer.status);
      expect(await form.done(answer)).toBe(false);
    },
  );

  test('is rejected with the token of another browser', async () => {
    const [form, other] = [await fill(), await fill()];
    const answer = await form.browser.post(form.target, {
      ...form.fields,
      [form.token]: other.fields[form.token] ?? '',
    });
    expect([401, 403]).toContain(answer.status);
    expect(await form.done(answer)).toBe(false);
  });

  test('does nothing as a GET with its fields in the query', async () => {
    const form = await fill();
    const glue = form.target.includes('?') ? '&' : '?';
    const answer = await form.browser.get(
      `${form.target}${glue}${new URLSearchParams(form.fields).toString()}`,
    );
    expect(await form.done(answer)).toBe(false);
  });
});

test('rejects a sign-in form without its cookie, and says why', async () => {
  const { fields } = await signInForm('/login');
  const answer = await store.browser().post('/login', fields);
  expect([answer.status, answer.body.includes('this form expired')]).toEqual([403, true]);
  // The page in the answer has a new token.
  const { wc_auth_csrf: token } = answer.form('wc_auth_csrf').fields;
  expect(token).not.toBe(fields['wc_auth_csrf']);
});
