import argon2 from 'argon2';
import { submit as submitForm } from '../support/scenes/console-scene';
import { ask, route } from '../support/scenes/grant-scene';
import { textOf } from '../support/http/html-forms';
import type { Answer, HttpBrowser } from '../support/http/http-browser';
import { eventually } from '../support/scenes/rest-scene';
import { holdWrites } from '../support/store/broken-database';
import {
  fakeClock,
  MANAGER,
  PASSWORD,
  startTestStore,
  type Clock,
  type TestStore,
} from '../support/store/test-store';

const LIMITS = { failures: 3, failuresPerAddress: 6, failuresPerAccount: 8 };
const WINDOW_MS = 15 * 60_000;
const ENV = {
  TRUST_PROXY: 'loopback',
  SIGN_IN_FAILURES: String(LIMITS.failures),
  SIGN_IN_FAILURES_PER_ADDRESS: String(LIMITS.failuresPerAddress),
  SIGN_IN_FAILURES_PER_ACCOUNT: String(LIMITS.failuresPerAccount),
};
const [OWNER, STRANGER] = ['203.0.113.7', '198.51.100.1'];
const WRONG = 'Wrong username or password.';
const TOO_MANY = 'Too many wrong passwords. Try again in 15 minutes.';

let clock: Clock;
let store: TestStore;
beforeEach(async () => {
  clock = fakeClock();
  store = await startTestStore({ env: ENV, clock });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await store.close();
});

interface SignIn {
  readonly from: string;
  readonly username?: string;
  readonly password?: string;
  readonly browser?: HttpBrowser;
  readonly page?: string;
  readonly at?: TestStore;
}

/** Submits the sign-in form from an address that the trusted proxy names. */
async function signIn({ from, username = MANAGER, password = PASSWORD, at = store, ...rest }: SignIn) {
  const { browser = at.browser(), page = '/login' } = rest;
  const { action, fields } = (await browser.get(page)).form('wc_auth_csrf');
  const headers = { 'x-forwarded-for': from };
  return browser.post(new URL(action, at.url).href, { ...fields, username, password }, headers);
}

async function fail(times: number, guess: SignIn): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let time = 0; time < times; time++)
    answers.push(await signIn({ ...guess, password: `guess ${time}` }));
  return answers;
}

const statuses = (answers: readonly Answer[]) => answers.map(({ status }) => status);

/** Reaches the limit of the account from as many addresses as needed. */
async function failFromEverywhere(): Promise<void> {
  for (let address = 1; address <= LIMITS.failuresPerAccount; address++)
    await fail(1, { from: `198.51.100.${address}` });
}

describe('guesses at one account from one address', () => {
  test('get 429 with Retry-After, as a page in plain words, when the limit is reached', async () => {
    const answers = await fail(LIMITS.failures + 1, { from: STRANGER });
    expect(statuses(answers)).toEqual([200, 200, 200, 429]);
    const [last] = answers.slice(-1);
    expect(last?.headers['retry-after']).toBe(String(WINDOW_MS / 1000));
    expect(last?.headers['content-type']).toContain('text/html');
    expect(textOf(last?.body ?? '')).toContain(TOO_MANY);
    expect(last?.form('wc_auth_csrf').fields).toMatchObject({ username: MANAGER, password: '' });
  });

  test('keep the app’s request on the page, so that it can continue later', async () => {
    const page = route('login', ask());
    const [last] = (await fail(LIMITS.failures + 1, { from: STRANGER, page })).slice(-1);
    expect([last?.status, last?.form('wc_auth_csrf').action]).toEqual([429, page]);
    expect(last?.body).toContain('wc-auth-cancel');
  });

  test('are rejected even with the correct password, without a comparison', async () => {
    await fail(LIMITS.failures, { from: STRANGER });
    const compared = jest.spyOn(argon2, 'verify');
    expect((await signIn({ from: STRANGER })).status).toBe(429);
    expect(compared).not.toHaveBeenCalled();
  });

  test('count from zero after the window, which rejected attempts do not extend', async () => {
    await fail(LIMITS.failures + 2, { from: STRANGER });
    clock.pass(WINDOW_MS - 1);
    expect((await signIn({ from: STRANGER })).status).toBe(429);
    clock.pass(1);
    expect((await signIn({ from: STRANGER })).status).toBe(302);
  });

  test('count as the same with capitals, spaces or another address of an IPv6 network', async () => {
    await fail(1, { from: '2001:db8:1:2::1', username: MANAGER });
    await fail(1, { from: '2001:db8:1:2:ffff::2', username: MANAGER.toUpperCase() });
    await fail(1, { from: '2001:db8:1:2:3::3', username: ` ${MANAGER} ` });
    expect((await signIn({ from: '2001:db8:1:2:abcd::4' })).status).toBe(429);
    expect((await signIn({ from: '2001:db8:1:3::1' })).status).toBe(302);
  });

  test('at the same time learn no more than the limit allows', async () => {
    const guesses = Array.from({ length: 12 }, (_, index) =>
      signIn({ from: STRANGER, password: `guess ${index}` }),
    );
    const answers = await Promise.all(guesses);
    const looked = answers.filter(({ status }) => status === 200);
    expect(looked).toHaveLength(LIMITS.failures);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(guesses.length - LIMITS.failures);
  });

  test('learn no more than the limit allows if their counts are written late', async () => {
    const compared = jest.spyOn(argon2, 'verify');
    const release = await holdWrites(store.config.database, 'throttle_counts');
    const guesses = Array.from({ length: 8 }, (_, index) =>
      signIn({ from: STRANGER, password: `guess ${index}` }),
    );
    await eventually(() => compared.mock.calls.length === 8 || undefined);
    const right = signIn({ from: STRANGER });
    await eventually(() => compared.mock.calls.length === 9 || undefined);
    await Promise.all(compared.mock.results.map(({ value }) => value as Promise<boolean>));
    await release();
    expect(statuses(await Promise.all(guesses)).sort()).toEqual([200, 200, 200, 429, 429, 429, 429, 429]);
    expect((await right).status).toBe(429);
  });

  test('count from zero after a success', async () => {
    for (let round = 0; round < 2; round++) {
      expect(statuses(await fail(LIMITS.failures - 1, { from: OWNER }))).toEqual([200, 200]);
      expect((await signIn({ from: OWNER })).status).toBe(302);
    }
  });
});

test('get the same status, headers and page at an unknown account', async () => {
  const known = await fail(LIMITS.failures + 1, { from: STRANGER, username: MANAGER });
  const unknown = await fail(LIMITS.failures + 1, { from: '198.51.100.2', username: 'nobody1' });
  expect(statuses(unknown)).toEqual(statuses(known));
  const shown = (answers: readonly Answer[], username: string) =>
    answers.map(({ body, headers }) => [
      headers['retry-after'],
      textOf(body),
      Object.keys(headers).sort().join(),
      username,
    ]);
  expect(shown(unknown, '')).toEqual(shown(known, ''));
});

test('count separately for a login and its email address, so that neither reveals the other', async () => {
  await fail(LIMITS.failures, { from: STRANGER, username: MANAGER });
  const answer = await signIn({ from: STRANGER, username: 'manager@store.test', password: 'guess' });
  expect([answer.status, textOf(answer.body)]).toEqual([200, expect.stringContaining(WRONG)]);
});

test('limits guesses at many accounts from one address, and no other address', async () => {
  const tries = await Promise.all(
    Array.from({ length: LIMITS.failuresPerAddress }, (_, index) =>
      signIn({ from: STRANGER, username: `somebody ${index}`, password: 'guess' }),
    ),
  );
  expect(new Set(statuses(tries))).toEqual(new Set([200]));
  expect((await signIn({ from: STRANGER, username: 'somebody else' })).status).toBe(429);
  expect((await signIn({ from: OWNER })).status).toBe(302);
});

describe('the owner of an account whose password a stranger guesses', () => {
  test('can sign in from another address', async () => {
    expect(statuses(await fail(20, { from: STRANGER })).at(-1)).toBe(429);
    expect((await signIn({ from: OWNER })).status).toBe(302);
  });

  test('can sign in from the same address with a browser that has signed in before', async () => {
    const browser = store.browser();
    await signIn({ from: OWNER, browser });
    browser.cookies.delete('wc_auth_session');
    expect(statuses(await fail(20, { from: OWNER })).at(-1)).toBe(429);
    expect((await signIn({ from: OWNER, browser })).status).toBe(302);
  });

  test('can sign in from an address of an earlier sign-in, even if guesses come from everywhere', async () => {
    await signIn({ from: OWNER });
    await failFromEverywhere();
    expect((await signIn({ from: '203.0.113.99' })).status).toBe(429);
    expect((await signIn({ from: OWNER })).status).toBe(302);
    expect((await signIn({ from: OWNER, username: 'manager@store.test' })).status).toBe(302);
  });

  test('can sign in anywhere with a browser that has signed in before, even if guesses come from everywhere', async () => {
    const browser = store.browser();
    await signIn({ from: OWNER, browser });
    browser.cookies.delete('wc_auth_session');
    await failFromEverywhere();
    expect((await signIn({ from: '203.0.113.99', browser })).status).toBe(302);
  });
});

describe('a browser that has signed in before', () => {
  async function knownBrowser(): Promise<HttpBrowser> {
    const browser = store.browser();
    await signIn({ from: OWNER, browser });
    browser.cookies.delete('wc_auth_session');
    return browser;
  }

  test('is limited by its own failures', async () => {
    const browser = await knownBrowser();
    expect(statuses(await fail(LIMITS.failures + 1, { from: OWNER, browser })).at(-1)).toBe(429);
    expect((await signIn({ from: '203.0.113.99', browser })).status).toBe(429);
  });

  test('is a stranger to every other account', async () => {
    await store.addUser('other', 'customer');
    const browser = await knownBrowser();
    await fail(LIMITS.failures, { from: STRANGER, username: 'other' });
    expect((await signIn({ from: STRANGER, username: 'other', browser })).status).toBe(429);
  });

  test.each([
    ['made up', () => 'zzzzzzzzzz-AAAA.BBBB.CCCC'],
    ['given another number', (value: string) => `zzzzzzzzzz${value.slice(value.indexOf('-'))}`],
    ['shortened', (value: string) => value.split('.')[0] ?? ''],
  ])('is not recognized by a cookie that is %s', async (_what, forge) => {
    const browser = await knownBrowser();
    browser.cookies.set('wc_auth_known_browser', forge(browser.cookies.get('wc_auth_known_browser') ?? ''));
    await fail(LIMITS.failures, { from: STRANGER });
    expect((await signIn({ from: STRANGER, browser })).status).toBe(429);
  });

  test('is forgotten after 400 days', async () => {
    const browser = await knownBrowser();
    clock.pass(400 * 24 * 3_600_000);
    await fail(LIMITS.failures, { from: STRANGER });
    expect((await signIn({ from: STRANGER, browser })).status).toBe(429);
  });
});

test('a second server on the same database applies the same counts', async () => {
  const second = await startTestStore({ env: ENV, clock, folder: store.folder });
  try {
    await fail(LIMITS.failures - 1, { from: STRANGER });
    await fail(1, { from: STRANGER, at: second });
    expect((await signIn({ from: STRANGER })).status).toBe(429);
    expect((await signIn({ from: STRANGER, at: second })).status).toBe(429);
  } finally {
    await second.close();
  }
});

test('the janitor removes expired counts and nothing else', async () => {
  const counts = () => store.database.knex('throttle_counts').select('counted');
  await fail(1, { from: STRANGER });
  clock.pass(1000);
  await fail(1, { from: '198.51.100.2' });
  clock.pass(WINDOW_MS - 1000);
  await store.app.janitor.round();
  expect(await counts()).toHaveLength(2);
  clock.pass(1000);
  await store.app.janitor.round();
  expect(await counts()).toEqual([]);
});

test('the table of counts has no name or address, not even a password typed in the wrong field', async () => {
  await fail(1, { from: STRANGER, username: PASSWORD });
  const text = JSON.stringify(await store.database.knex('throttle_counts'));
  expect(text).toContain('expires_at');
  for (const secret of [PASSWORD, STRANGER]) expect(text).not.toContain(secret);
});

describe('a password that the console asks for', () => {
  const change = (browser: HttpBrowser, current: string) =>
    submitForm(browser, '/account', {
      current_password: current,
      new_password: 'battery staple horse',
      new_password_again: 'battery staple horse',
    });

  test('is not checked after too many wrong ones: 429 with Retry-After, and nothing changes', async () => {
    const browser = await store.signInByForm();
    for (let time = 0; time < LIMITS.failures; time++)
      expect((await change(browser, 'wrong password')).status).not.toBe(429);
    const compared = jest.spyOn(argon2, 'verify');
    const answer = await change(browser, PASSWORD);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, String(WINDOW_MS / 1000)]);
    expect(textOf(answer.body)).toContain(TOO_MANY);
    expect(compared).not.toHaveBeenCalled();
    clock.pass(WINDOW_MS);
    expect((await change(browser, PASSWORD)).status).toBe(303);
  });

  test('is not limited by the failed sign-ins of strangers', async () => {
    const browser = await store.signInByForm();
    await failFromEverywhere();
    expect((await change(browser, PASSWORD)).status).toBe(303);
  });
});
