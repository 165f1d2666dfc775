import type { z } from 'zod';
import type { FailedKeyLimits } from '../key-authentication/failed-keys';
import type { SignInLimits } from '../session/sign-in-throttle';
import { whole } from './problems';

/** How long sessions and the history last, and how many failures are allowed. */
export interface LimitsConfig {
  readonly session: { readonly idleMs: number; readonly absoluteMs: number };
  readonly signInLimits: SignInLimits;
  readonly failedKeyLimits: FailedKeyLimits;
  /** History entries older than this are removed. 0: entries are kept forever. */
  readonly historyDays: number;
}

/** The variables of this group. */
export const limitsVariables = {
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

type Values = z.output<z.ZodObject<typeof limitsVariables>>;

/** Returns this group's part of the configuration. */
export function readLimits(values: Values): LimitsConfig {
  return {
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
