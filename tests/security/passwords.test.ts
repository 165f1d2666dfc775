import argon2 from 'argon2';
import { UnavailableError } from '../../server/errors/http-errors';
import { COMPARED_BYTES_MAX } from '../../server/users/imported-password';
import { passwords } from '../../server/users/passwords';
import { textOf } from '../support/http/html-forms';
import { AT_ONCE } from '../support/scenes/password-queue';
import { isSignedIn, MANAGER, PASSWORD, startTestStore, type TestStore } from '../support/store/test-store';

/** Records the calls of argon2: how many, with which parameters, and how many at the same time. */
function watchArgon2() {
  const seen = { hash: 0, verify: 0, atOnce: 0, parameters: new Set<string>() };
  let running = 0;
  const during = async <T>(work: () => Promise<T>): Promise<T> => {
    seen.atOnce = Math.max(seen.atOnce, ++running);
    try {
      return await work();
    } finally {
      running--;
    }
  };
  const { hash, verify } = argon2;
  jest.spyOn(argon2, 'hash').mockImplementation((...args: Parameters<typeof hash>) => {
    seen.hash++;
    return during(() => hash(...args));
  });
  jest.spyOn(argon2, 'verify').mockImplementation((...args: Parameters<typeof verify>) => {
    seen.verify++;
    seen.parameters.add(/^\$argon2id\$v=19\$[^$]*\$/.exec(args[0])?.[0] ?? args[0]);
    return during(() => verify(...args));
  });
  return seen;
}
afterEach(() => {
  jest.restoreAllMocks();
});

describe('a password', () => {
  test('longer than the limit is rejected before argon2 runs', async () => {
    const service = passwords();
    const stored = await service.hash('right password');
    const seen = watchArgon2();
    expect(await service.verify(stored, 'x'.repeat(COMPARED_BYTES_MAX + 1))).toBe(false);
    expect(await service.verify(undefined, 'x'.repeat(10_000_000))).toBe(false);
    expect(seen.verify).toBe(0);
    expect(await service.verify(stored, 'x'.repeat(COMPARED_BYTES_MAX))).toBe(false);
    expect(seen.verify).toBe(1);
  });

  test('of an unknown user costs one comparison of the same strength as a wrong one, from the first on', async () => {
    const stored = await passwords().hash('right password');
    const seen = watchArgon2();
    const service = passwords();
    expect(await service.verify(undefined, 'right password')).toBe(false);
    expect([seen.hash, seen.verify]).toEqual([0, 1]);
    expect(await service.verify(stored, 'wrong password')).toBe(false);
    expect([seen.hash, seen.verify, seen.parameters.size]).toEqual([0, 2, 1]);
  });

  test.each(['nobody', '', 'undefined'])(
    'cannot open an account that does not exist: %j',
    async (password) => {
      expect(await passwords().verify(undefined, password)).toBe(false);
    },
  );

  test('leaves a core to the rest of the server, and is rejected when the queue is full', async () => {
    const service = passwords();
    const seen = watchArgon2();
    const attempts = await Promise.allSettled(
      Array.from({ length: 50 }, () => service.verify(undefined, 'flood')),
    );
    const rejected = attempts.flatMap((attempt) =>
      attempt.status === 'rejected' ? [attempt.reason as unknown] : [],
    );
    expect([seen.verify, seen.atOnce, rejected.length]).toEqual([32 + AT_ONCE, AT_ONCE, 18 - AT_ONCE]);
    for (const error of rejected) expect(error).toBeInstanceOf(UnavailableError);
    expect(await service.verify(undefined, 'afterwards')).toBe(false);
    expect(seen.atOnce).toBe(AT_ONCE);
  });

  test('frees its place in the queue after an error of argon2', async () => {
    const service = passwords();
    for (let count = 0; count < 40; count++)
      await expect(service.verify('no hash at all', 'x')).rejects.toThrow();
    expect(await service.verify(undefined, 'afterwards')).toBe(false);
  });
});

describe('the sign-in form', () => {
  let store: TestStore;
  beforeAll(async () => {
    // The limit of the throttle is high, because these tests are about the queue.
    store = await startTestStore({ env: { SIGN_IN_FAILURES: '100', SIGN_IN_FAILURES_PER_ADDRESS: '100' } });
  });
  afterAll(() => store.close());

  test.each([
    ['an unknown user', 'nobody', PASSWORD, 1],
    ['a wrong password', MANAGER, 'wrong password', 1],
    ['an empty password', MANAGER, '', 1],
    ['a password that is too long', MANAGER, 'x'.repeat(COMPARED_BYTES_MAX + 1), 0],
    ['a form without its token', MANAGER, PASSWORD, 0],
  ])('costs the expected number of comparisons for %s', async (what, username, password, comparisons) => {
    const browser = store.browser();
    const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
    const seen = watchArgon2();
    const token = what.startsWith('a form') ? '' : (fields['wc_auth_csrf'] ?? '');
    await browser.post('/login', { username, password, wc_auth_csrf: token });
    expect([seen.hash, seen.verify]).toEqual([0, comparisons]);
  });

  test('answers 503 with Retry-After to a flood beyond the queue, and serves the others', async () => {
    const manager = await store.signInByForm();
    const browser = store.browser();
    const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
    const form = { ...fields, username: 'nobody', password: 'flood' };
    const seen = watchArgon2();
    const answers = await Promise.all(Array.from({ length: 80 }, () => browser.copy().post('/login', form)));
    const busy = answers.filter(({ status }) => status === 503);
    expect(busy.length).toBeGreaterThan(0);
    expect(answers.filter(({ status }) => status === 200).length).toBe(80 - busy.length);
    expect([seen.atOnce, seen.verify]).toEqual([AT_ONCE, 80 - busy.length]);
    for (const { headers, body } of busy) {
      expect(Number(headers['retry-after'])).toBeGreaterThan(0);
      expect(textOf(body)).toContain('The store is too busy');
    }
    expect(await isSignedIn(manager)).toBe(true);
    expect(await isSignedIn(await store.signInByForm())).toBe(true);
  });
});
