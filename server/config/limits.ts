import type { z } from 'zod';
import type { KeyLifetimes } from '../consumer-keys/key-lifetime';
import type { FailedKeyLimits } from '../key-authentication/failed-keys';
import type { SignInLimits } from '../session/sign-in-throttle';
import { whole, wholeIfSet, type SetVariables } from './problems';

/** How long keys, sessions and the history last, and how many failures are allowed. */
export interface LimitsConfig {
  readonly keyLifetimes: KeyLifetimes;
  readonly session: { readonly idleMs: number; readonly absoluteMs: number };
  readonly signInLimits: SignInLimits;
  readonly failedKeyLimits: FailedKeyLimits;
  /** History entries older than this are removed. 0: entries are kept forever. */
  readonly historyDays: number;
}

/** The variables of this group. */
export const limitsVariables = {
  KEY_LIFETIME_DAYS: wholeIfSet(1, 36_500).optional(),
  KEY_LIFETIME_MAX_DAYS: wholeIfSet(1, 36_500).optional(),
  SESSION_IDLE_MINUTES: whole(120, 1, 60 * 24 * 30),
  SESSION_ABSOLUTE_HOURS: whole(24, 1, 24 * 90),
  SIGN_IN_FAILURES: whole(10, 1, 1_000_000),
  SIGN_IN_FAILURES_PER_ADDRESS: whole(50, 1, 1_000_000),
  SIGN_IN_FAILURES_PER_ACCOUNT: whole(100, 1, 1_000_000),
  SIGN_IN_WINDOW_MINUTES: whole(15, 1, 60 * 24),
  FAILED_KEYS_PER_ADDRESS: whole(1000, 1, 1_000_000_000),
  FAILED_KEYS_WINDOW_MINUTES: whole(5, 1, 60 * 24),
  HISTORY_DAYS: whole(400, 0, 36_500),
};

/** Returns what is wrong with the lifetimes of keys, one line each. */
export function limitsProblems({ KEY_LIFETIME_DAYS, KEY_LIFETIME_MAX_DAYS }: SetVariables): string[] {
  return Number(KEY_LIFETIME_DAYS ?? 0) > Number(KEY_LIFETIME_MAX_DAYS ?? Infinity)
    ? [
        `KEY_LIFETIME_DAYS, KEY_LIFETIME_MAX_DAYS: the first may not be greater than the second (got ${KEY_LIFETIME_DAYS} and ${KEY_LIFETIME_MAX_DAYS})`,
      ]
    : [];
}

type Values = z.output<z.ZodObject<typeof limitsVariables>>;

/** Returns this group's part of the configuration. */
export function readLimits(values: Values): LimitsConfig {
  return {
    keyLifetimes: {
      defaultDays: values.KEY_LIFETIME_DAYS ?? null,
      maxDays: values.KEY_LIFETIME_MAX_DAYS ?? null,
    },
    session: {
      idleMs: values.SESSION_IDLE_MINUTES * 60_000,
      absoluteMs: values.SESSION_ABSOLUTE_HOURS * 3_600_000,
    },
    signInLimits: {
      failures: values.SIGN_IN_FAILURES,
      failuresPerAddress: values.SIGN_IN_FAILURES_PER_ADDRESS,
      failuresPerAccount: values.SIGN_IN_FAILURES_PER_ACCOUNT,
      windowMs: values.SIGN_IN_WINDOW_MINUTES * 60_000,
    },
    failedKeyLimits: {
      failures: values.FAILED_KEYS_PER_ADDRESS,
      windowMs: values.FAILED_KEYS_WINDOW_MINUTES * 60_000,
    },
    historyDays: values.HISTORY_DAYS,
  };
}
