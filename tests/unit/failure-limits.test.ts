import { failureLimits } from '../../server/throttle/failure-limits';
import type { Counted, ThrottleCounts } from '../../server/throttle/throttle-counts';

const NETWORK: Counted = ['network', '198.51.100.0/24'];
const ACCOUNT: Counted = ['account', 'mara'];
const OTHER: Counted = ['account', 'priya'];

/** Counts in memory, of which `stuck` ones are never written. */
function limitsOf({ stuck = [] }: { stuck?: readonly Counted[] } = {}) {
  const times = new Map<string, number>();
  const counts = {
    of: (counted: Counted) => {
      const found = times.get(String(counted));
      return Promise.resolve(found === undefined ? undefined : { times: found, until: 1_000 });
    },
    raise: async ({ counted }: { counted: Counted }) => {
      if (stuck.includes(counted)) await new Promise(() => undefined);
      times.set(String(counted), (times.get(String(counted)) ?? 0) + 1);
    },
  } as unknown as ThrottleCounts;
  return failureLimits({ counts, windowMs: 1_000, now: () => 0 });
}

const most3 = (...all: readonly Counted[]) => all.map((counted) => ({ counted, most: 3 }));

test('of many attempts at once, no more are told than the limit allows', async () => {
  const limits = limitsOf();
  const waits = await Promise.all(
    Array.from({ length: 9 }, () => limits.settle(most3(NETWORK, ACCOUNT), { failed: true })),
  );
  expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
});

test('attempts that share only some counts take turns too', async () => {
  const limits = limitsOf();
  const waits = await Promise.all(
    Array.from({ length: 8 }, (_, at) =>
      limits.settle(most3(NETWORK, at % 2 === 0 ? ACCOUNT : OTHER), { failed: true }),
    ),
  );
  expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
});

test('an attempt does not wait for others with which it shares no count', async () => {
  const limits = limitsOf({ stuck: [ACCOUNT] });
  void limits.settle(most3(ACCOUNT), { failed: true });
  expect(await limits.settle(most3(OTHER), { failed: true })).toBe(0);
});

test('an attempt that is over a limit already does not wait for its turn', async () => {
  const limits = limitsOf({ stuck: [ACCOUNT] });
  for (let times = 0; times < 3; times++) await limits.settle(most3(NETWORK), { failed: true });
  void limits.settle(most3(ACCOUNT), { failed: true });
  expect(await limits.settle(most3(NETWORK, ACCOUNT), { failed: true })).toBe(1_000);
});

test('an attempt whose count cannot be written fails, and the next one is settled', async () => {
  const counts = {
    of: () => Promise.resolve(undefined),
    raise: () => Promise.reject(new Error('The database is busy.')),
  } as unknown as ThrottleCounts;
  const limits = failureLimits({ counts, windowMs: 1_000, now: () => 0 });
  await expect(limits.settle(most3(ACCOUNT), { failed: true })).rejects.toThrow('busy');
  expect(await limits.settle(most3(ACCOUNT), { failed: false })).toBe(0);
});
