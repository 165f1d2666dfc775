import { clientNetwork } from '../throttle/client-network';
import { failureLimits, type FailureLimit } from '../throttle/failure-limits';
import type { Counted, ThrottleCounts } from '../throttle/throttle-counts';
import { accountKey } from '../users/user-store';
import type { KnownBrowsers } from './known-browser';

/** The number of wrong passwords that are accepted within a window. */
export interface SignInLimits {
  readonly windowMs: number;
  /** For one account from one address, and from a browser that knows the account. */
  readonly failures: number;
  /** From one address, for all accounts together. */
  readonly failuresPerAddress: number;
  /** For one account, from all addresses together from which it has not signed in before. */
  readonly failuresPerAccount: number;
}

export interface SignInThrottleDependencies {
  readonly counts: ThrottleCounts;
  readonly knownBrowsers: KnownBrowsers;
  readonly limits: SignInLimits;
  readonly now: () => number;
}

export interface Guess {
  /**
   * As typed. A count for the account itself would reveal which login and email address belong
   * together.
   */
  readonly name: string;
  readonly address: string;
  /** The cookie with which a browser proves an earlier sign-in. */
  readonly browser: string | undefined;
}

export type SignInThrottle = ReturnType<typeof signInThrottle>;

const REMEMBER_ADDRESS_MS = 90 * 24 * 3_600_000;

/**
 * Limits password guessing, without a way for a stranger to lock the owner out. A browser that has
 * signed in before counts for itself only, and the limit over all addresses applies only to
 * addresses without an earlier sign-in.
 */
export function signInThrottle({ counts, knownBrowsers, limits, now }: SignInThrottleDependencies) {
  const failures = failureLimits({ counts, windowMs: limits.windowMs, now });
  const usualAddress = (name: string, network: string): Counted => [
    'usual address',
    accountKey(name),
    network,
  ];

  async function limitsOf({ name, address, browser }: Guess): Promise<[FailureLimit, ...FailureLimit[]]> {
    const known = knownBrowsers.idOf(browser, name);
    if (known !== undefined) return [{ counted: ['known browser', known], most: limits.failures }];
    const account = accountKey(name);
    const network = clientNetwork(address);
    const isUsual = (await counts.of(usualAddress(name, network), now())) !== undefined;
    return [
      { counted: ['sign-in', account, network], most: limits.failures },
      { counted: ['sign-in from', network], most: limits.failuresPerAddress },
      ...(isUsual ? [] : [{ counted: ['sign-in to', account], most: limits.failuresPerAccount } as const]),
    ];
  }

  return async (guess: Guess) => {
    const guarding = await limitsOf(guess);
    return {
      /** Returns the milliseconds until a password is checked again. 0: now. */
      waitMs: () => failures.waitMs(guarding),
      /** Returns the milliseconds until the outcome may be told, and counts a failure. 0: now. */
      settle: (failed: boolean) => failures.settle(guarding, { failed }),
      /** Returns the cookie that identifies this browser from now on. */
      async succeeded({ login, email }: { login: string; email: string }): Promise<string> {
        await failures.forget(guarding[0].counted);
        const network = clientNetwork(guess.address);
        for (const name of [login, email]) {
          const counted = usualAddress(name, network);
          const known = await counts.of(counted, now());
          if (known && known.until - now() > REMEMBER_ADDRESS_MS / 2) continue;
          await counts.forget(counted);
          await counts.raise({ counted, now: now(), windowMs: REMEMBER_ADDRESS_MS });
        }
        return knownBrowsers.issue([login, email]);
      },
    };
  };
}
