import { clientNetwork } from '../throttle/client-network';
import { failureLimits, type FailureLimit } from '../throttle/failure-limits';
import type { Counted, ThrottleCounts } from '../throttle/throttle-counts';
import { accountKey } from '../users/user-store';
import type { KnownBrowsers } from './known-browser';

/** How many wrong passwords are taken within a window. */
export interface SignInLimits {
  readonly windowMs: number;
  /** For one account from one address, and from a browser that knows the account. */
  readonly failures: number;
  /** From one address, whatever the account. */
  readonly failuresPerAddress: number;
  /** For one account, from all addresses together that it was not signed in to from. */
  readonly failuresPerAccount: number;
}

export interface SignInThrottleDependencies {
  readonly counts: ThrottleCounts;
  readonly knownBrowsers: KnownBrowsers;
  readonly limits: SignInLimits;
  readonly now: () => number;
}

export interface Guess {
  /** As typed. Not the account it leads to: a count shared by login and e-mail address would tell that both are one's. */
  readonly name: string;
  readonly address: string;
  /** The cookie by which a browser says that it is known. */
  readonly browser: string | undefined;
}

export type SignInThrottle = ReturnType<typeof signInThrottle>;

const REMEMBER_ADDRESS_MS = 90 * 24 * 3_600_000;

/**
 * Bounds guessing, without a way for a stranger to lock the owner out: a browser that has signed in before answers for
 * itself alone, and the limit over all addresses holds only where the account was not signed in to from.
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
      /** Milliseconds until a password is looked at again; 0: now. */
      waitMs: () => failures.waitMs(guarding),
      failed: () => failures.failed(guarding),
      /** Answers the cookie by which this browser is known from now on. */
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
