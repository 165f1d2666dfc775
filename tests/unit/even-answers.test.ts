import { UnavailableError } from '../../server/errors/http-errors';
import { evenAnswers } from '../../server/users/even-answers';
import { passwordThreads, type Comparison } from '../../server/users/password-threads';

const LEAST_MS = 30;
const answer = () => Promise.resolve('answer');

describe('answers that take the same time', () => {
  test('are those of the work, errors too, and come no earlier than the minimum', async () => {
    const evenly = evenAnswers(LEAST_MS);
    const start = performance.now();
    const failure = new Error('expected');
    expect(await evenly(undefined, answer)).toBe('answer');
    await expect(evenly('network', () => Promise.reject(failure))).rejects.toBe(failure);
    // Timers of Node may fire up to a millisecond early.
    expect(performance.now() - start).toBeGreaterThanOrEqual(2 * (LEAST_MS - 1));
  });

  test('run one after another for one network, and at the same time for others', async () => {
    const evenly = evenAnswers(LEAST_MS);
    const running = { one: 0, other: 0, mostOfOne: 0, mostOfAll: 0 };
    const work = (network: 'one' | 'other') => async () => {
      running[network]++;
      running.mostOfOne = Math.max(running.mostOfOne, running[network]);
      running.mostOfAll = Math.max(running.mostOfAll, running.one + running.other);
      await new Promise(setImmediate);
      running[network]--;
    };
    await Promise.all(
      (['one', 'other', 'one', 'other', 'one'] as const).map((name) => evenly(name, work(name))),
    );
    expect([running.mostOfOne, running.mostOfAll]).toEqual([1, 2]);
  });

  test('are rejected when ten of a network are waiting, and accepted when those are done', async () => {
    const evenly = evenAnswers(0);
    const attempts = await Promise.allSettled(Array.from({ length: 12 }, () => evenly('network', answer)));
    const rejected = attempts.filter(({ status }) => status === 'rejected');
    expect(rejected).toHaveLength(2);
    for (const { reason } of rejected as PromiseRejectedResult[])
      expect(reason).toBeInstanceOf(UnavailableError);
    expect(await evenly('network', answer)).toBe('answer');
  });
});

describe('a thread that compares passwords', () => {
  const right: Comparison = {
    form: 'md5',
    stored: '72e88197dcf1f74b9b52a82d74b0fa84',
    spellings: ['carl', 'carl-md5-pass'],
  };

  test('that dies fails its comparison only, and the next one starts another thread', async () => {
    const threads = passwordThreads();
    const compare = (comparison: Comparison) => threads.compare(comparison);
    const broken = { ...right, form: 'no form' } as unknown as Comparison;
    const outcomes = await Promise.allSettled([compare(right), compare(broken), compare(right)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await expect(compare(broken)).rejects.toBeInstanceOf(UnavailableError);
    expect(await compare(right)).toBe(true);
    expect(await compare({ ...right, spellings: [] })).toBe(false);
  });
});
