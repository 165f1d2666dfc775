import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import argon2 from 'argon2';
import { UnavailableError } from '../errors/http-errors';

// RFC 9106 recommends argon2id. OWASP's minimum for it is 19 MiB, two passes and one lane.
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** What a hash costs: `memoryCost` in KiB, passes over it, and threads. */
export type HashParameters = Record<keyof typeof PARAMETERS, number>;

// A hash in the usual form that no password matches. It is random, so that it costs nothing to
// make.
const decoyHash = ({ memoryCost, timeCost, parallelism }: HashParameters) =>
  `$argon2id$v=19$m=${memoryCost},p=${parallelism},t=${timeCost}$${inBase64(16)}$${inBase64(32)}`;
const inBase64 = (bytes: number) => randomBytes(bytes).toString('base64').replace(/=+$/, '');

/**
 * Longer passwords are rejected before they are hashed, so that a password cannot cause load. In
 * UTF-16 code units.
 */
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
}

/**
 * Hashes and compares passwords in a bounded queue. Only the emulator passes other parameters.
 *
 * @throws UnavailableError from both functions if too many requests are waiting.
 */
export function passwords(parameters: HashParameters = PARAMETERS): Passwords {
  const turn = boundedQueue(AT_ONCE, WAITING_MAX);
  const options = { ...parameters, type: argon2.argon2id } as const;
  const decoy = decoyHash(parameters);
  const hash = (password: string) => turn(() => argon2.hash(password, options));
  return {
    hash,
    async verify(passwordHash, password) {
      if (password.length > PASSWORD_MAX) return false;
      const compared = passwordHash ?? decoy;
      const right = await turn(() => argon2.verify(compared, password));
      return right && passwordHash !== undefined;
    },
  };
}

function boundedQueue(atOnce: number, waitingMax: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async function turn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= atOnce) {
      if (waiting.length >= waitingMax)
        throw new UnavailableError('Too many people are signing in. Try again.', 2);
      await new Promise<void>((resume) => waiting.push(resume));
    } else running++;
    try {
      return await work();
    } finally {
      // The slot passes directly to the next request, so that no new request can take it in
      // between.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
