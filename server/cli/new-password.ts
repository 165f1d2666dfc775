import { randomInt } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { Option } from 'commander';

export interface NewPassword {
  readonly password: string;
  /** What the output shows: the password if the command generated it, else nothing. */
  readonly shown: { readonly password?: string };
  readonly lines: readonly string[];
  /** Returns what to do if the output cannot be written. */
  readonly lost: (login: string) => string;
}

/** Returns the option `--password-stdin`. */
export const passwordOption = () =>
  new Option('--password-stdin', 'read the password from standard input instead of generating one');

/** Reads the password from standard input with `--password-stdin`. Otherwise generates one. */
export async function newPassword({ passwordStdin }: { passwordStdin?: boolean }): Promise<NewPassword> {
  if (passwordStdin) return { password: await readPassword(), shown: {}, lines: [], lost: () => '' };
  const password = generatePassword();
  return {
    password,
    shown: { password },
    lines: [`Password: ${password}`],
    lost: (login) =>
      `The password of ${login} is lost. To get a new one, run: npx wc-auth users set-password ${login}`,
  };
}

/** Reads standard input, without the line end that `echo` adds. */
async function readPassword(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/**
 * Returns a password of 93 random bits. It has only letters and digits, so that a double click
 * selects it.
 */
function generatePassword(): string {
  const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  return Array.from({ length: 16 }, () => letters[randomInt(letters.length)]).join('');
}
