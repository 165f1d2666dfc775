import * as z from 'zod';
import { ACCOUNT } from '../storage/folder-access';
import { repeated } from '../http/visible-text';

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
export const wholeIfSet = (least: number, most: number) =>
  z.string().transform(
    parsedBy(
      (text) => {
        const value = Number(text);
        return Number.isInteger(value) && value >= least && value <= most ? value : undefined;
      },
      (text) => `must be a whole number from ${least} to ${most} ${got(text)}`,
    ),
  );
/** Returns a zod type for a whole number from `least` to `most`, with a default. */
export const whole = (fallback: number, least: number, most: number) =>
  wholeIfSet(least, most).default(fallback);
/** Returns a zod type for a port, with a default. Port 0 lets the system choose. */
export const port = (fallback: number) => whole(fallback, 0, 65535);

const OR = new Intl.ListFormat('en', { type: 'disjunction' });
/** Returns a zod type for one of these words. */
export const oneOf = <const Words extends readonly string[]>(words: Words) =>
  z.enum(words, { error: ({ input }) => `must be ${OR.format(words)} ${got(String(input))}` });

/** Not for variables that contain a secret. */
const got = (value: string): string => `(got ${JSON.stringify(repeated(value))})`;

/** Turns a parser that throws or returns `undefined` into a zod step that reports `complaint`. */
export function parsedBy<Out>(
  parse: (value: string) => Out | undefined,
  complaint: string | ((value: string) => string),
) {
  return (value: string, context: z.RefinementCtx): Out => {
    let reason = '';
    try {
      const parsed = parse(value);
      if (parsed !== undefined) return parsed;
    } catch (error) {
      reason = reasonOf(error as NodeJS.ErrnoException, value);
    }
    const message = typeof complaint === 'string' ? complaint : complaint(value);
    context.addIssue({ code: 'custom', message: message + reason });
    return z.NEVER;
  };
}

/** What to do about a file that cannot be read. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOENT: '. It does not exist. In a container, mount the file there',
  EACCES: `. ${ACCOUNT} may not read it. Change its owner or mode`,
  // Docker makes a folder if it cannot find the file to mount.
  EISDIR: '. It is a folder. If it is mounted, the file did not exist on the host',
};

/** Returns what to add to a complaint. The texts of Node.js say less than the complaint. */
function reasonOf({ code, syscall, message }: NodeJS.ErrnoException, value: string): string {
  if (syscall !== undefined) return ` (${code}): ${repeated(value)}${ADVICE[code ?? ''] ?? ''}`;
  return code === 'ERR_INVALID_URL' ? '' : `: ${message}`;
}
