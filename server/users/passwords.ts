import { availableParallelism } from 'node:os';
import argon2 from 'argon2';
import { boundedQueue } from './bounded-queue';
import { HASH_PARAMETERS, type HashParameters } from './hash-parameters';
import { COMPARED_BYTES_MAX, hashedSpellings, passwordForm } from './imported-password';
import { noPassword } from './no-password';
import { passwordThreads } from './password-threads';

/** The maximum length of a new password, in UTF-16 code units. It fits into COMPARED_BYTES_MAX. */
export const PASSWORD_MAX = 1024;
export const PASSWORD_MIN = 8;

// One hash takes a core and 19 MiB for about 20 ms. One core is left to the rest of the server. If
// the queue is full, the request is rejected at once and can be retried.
const AT_ONCE = Math.max(1, Math.min(4, availableParallelism()) - 1);
const WAITING_MAX = 32;

export interface Passwords {
  hash(password: string): Promise<string>;
  /**
   * Compares a password with a hash. Without a hash it does the same work and returns `false`, so
   * that an unknown user takes as long as a wrong password.
   */
  verify(passwordHash: string | undefined, password: string): Promise<boolean>;
  /** Compares a typed password with what WordPress stored. */
  verifyImported(stored: string, typed: string): Promise<boolean>;
}

/**
 * Hashes and compares passwords in a bounded queue. Only the emulator passes other parameters.
 *
 * Passwords of more than COMPARED_BYTES_MAX are rejected before they are hashed, so that a password
 * cannot cause load.
 *
 * @throws UnavailableError from all functions if too many requests are waiting.
 */
export function passwords(parameters: HashParameters = HASH_PARAMETERS): Passwords {
  const turn = boundedQueue(AT_ONCE, WAITING_MAX);
  const options = { ...parameters, type: argon2.argon2id } as const;
  const decoy = noPassword(parameters);
  const threads = passwordThreads();

  async function verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    if (Buffer.byteLength(password) > COMPARED_BYTES_MAX) return false;
    const compared = passwordHash ?? decoy;
    const right = await turn(() => argon2.verify(compared, password));
    return right && passwordHash !== undefined;
  }

  return {
    hash: (password) => turn(() => argon2.hash(password, options)),
    verify,
    async verifyImported(stored, typed) {
      const form = passwordForm(stored);
      if (form === 'unusable' || form === 'unknown') return verify(undefined, typed);
      const spellings = hashedSpellings(typed);
      if (spellings.length === 0) return false;
      if (form !== 'argon2id' && form !== 'argon2i')
        return turn(() => threads.compare({ form, stored, spellings }));
      return turn(async () => {
        for (const spelling of spellings) if (await argon2.verify(stored, spelling)) return true;
        return false;
      });
    },
  };
}
