import * as z from 'zod';

/** Every mistake in the environment, one line each: `NAME: what is wrong`. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
  }
}

/** The variables that are set, before any of them is parsed. */
export type SetVariables = Readonly<Record<string, string | undefined>>;

/** Returns a zod type for a whole number from `least` to `most`. */
export const wholeIfSet = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  return z.coerce
    .number({ message })
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, { message });
};
/** Returns a zod type for a whole number from `least` to `most`, with a default. */
export const whole = (fallback: number, least: number, most: number) =>
  wholeIfSet(least, most).default(fallback);
/** Returns a zod type for a port, with a default. Port 0 lets the system choose. */
export const port = (fallback: number) => whole(fallback, 0, 65535);

/** Turns a parser that throws or returns `undefined` into a zod step that reports `complaint`. */
export const parsedBy =
  <Out>(parse: (value: string) => Out | undefined, complaint: string) =>
  (value: string, context: z.RefinementCtx): Out => {
    try {
      const parsed = parse(value);
      if (parsed !== undefined) return parsed;
      context.addIssue({ code: 'custom', message: complaint });
    } catch (error) {
      context.addIssue({ code: 'custom', message: `${complaint}: ${(error as Error).message}` });
    }
    return z.NEVER;
  };
