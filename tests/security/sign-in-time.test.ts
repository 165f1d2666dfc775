import { authentication } from '../../server/users/authentication';
import { evenAnswers, SIGN_IN_MS_AT_LEAST } from '../../server/users/even-answers';
import { passwords } from '../../server/users/passwords';
import { userStore } from '../../server/users/user-store';
import { addImported, BEHIND_PROXY, signInAs } from '../support/scenes/imported-accounts';
import { WORDPRESS_ACCOUNTS } from '../support/scenes/wordpress-accounts';
import { MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

/** What is compared: each kind of account, with a wrong password that has one spelling or two. */
const ATTEMPTS = [
  ['nobody', 'wrong'],
  ['nobody', `wro'ng`],
  [MANAGER, 'wrong'],
  [MANAGER, `wro'ng`],
  ['locked', 'wrong'],
  ['md5.mike', 'wrong'],
  ['manager.maria', 'wrong'],
  ['subscriber.sue', 'wrong'],
  ['both.bob', `wro'ng`],
  ['owner', 'wrong'],
  ['owner', `wro'ng`],
  ['argon.amy', 'wrong'],
  ['argon.abe', `wro'ng`],
] as const;
const ROUNDS = 6;
/** The value that Friedman's statistic exceeds by chance once in 10,000 runs (chi-squared, 12 degrees). */
const SUSPICIOUS = 39.5;

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore({ env: BEHIND_PROXY });
  for (const account of WORDPRESS_ACCOUNTS) await addImported(store, account);
  await addImported(store, { login: 'locked' });
});
afterAll(() => store.close());

/**
 * Times every attempt once in each round, in another order each time. Returns the times by round, in
 * the order of ATTEMPTS.
 */
async function timeRounds(attempt: (name: string, password: string) => Promise<number>): Promise<number[][]> {
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    for (let step = 0; step < ATTEMPTS.length; step++) {
      const index = (step * 5 + round * 7) % ATTEMPTS.length;
      const [name, password] = ATTEMPTS[index] ?? ['', ''];
      times[index] = await attempt(name, password);
    }
    rounds.push(times);
  }
  return rounds;
}

/**
 * Returns Friedman's statistic: how far the ranks of the attempts are from those of chance. It uses
 * ranks within a round only, so other work of the machine, which slows some attempts, does not matter.
 */
function friedman(rounds: readonly (readonly number[])[]): number {
  const [n, k] = [rounds.length, ATTEMPTS.length];
  const rankSums = ATTEMPTS.map((_attempt, index) =>
    rounds.reduce((sum, times) => sum + times.filter((ms) => ms <= (times[index] ?? 0)).length, 0),
  );
  return (12 / (n * k * (k + 1))) * rankSums.reduce((sum, rank) => sum + rank ** 2, 0) - 3 * n * (k + 1);
}

test(
  'the time of an answer does not tell an imported account from another, or from none',
  async () => {
    const times = await timeRounds(async (name, password) => {
      const { status, ms } = await signInAs(store, name, password);
      expect(status).toBe(200);
      return ms;
    });
    expect(Math.min(...times.flat())).toBeGreaterThan(SIGN_IN_MS_AT_LEAST - 1);
    expect(friedman(times)).toBeLessThan(SUSPICIOUS);
  },
  2 * ROUNDS * ATTEMPTS.length * SIGN_IN_MS_AT_LEAST,
);

test('the same comparison tells them apart without the minimum time', async () => {
  const authenticate = authentication({
    isExternal: () => Promise.resolve(false),
    database: store.database,
    store: userStore(store.database),
    passwords: passwords(),
    evenAnswers: evenAnswers(0),
  });
  const times = await timeRounds(async (name, password) => {
    const start = performance.now();
    expect(await authenticate(name, password)).toBeUndefined();
    return performance.now() - start;
  });
  expect(friedman(times)).toBeGreaterThan(SUSPICIOUS);
}, 120_000);
