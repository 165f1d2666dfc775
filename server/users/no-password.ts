import { randomBytes } from 'node:crypto';
import { HASH_PARAMETERS, type HashParameters } from './hash-parameters';

const inBase64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
const NOTHING = inBase64(Buffer.alloc(32));
const MATCHES_NOTHING = new RegExp(`^\\$argon2id(?:\\$[^$]+){3}\\$${NOTHING}$`);

/**
 * Returns a hash that no password matches: argon2id with an output of 32 zero bytes.
 *
 * It is valid and costs as much as any other hash, so an older version of this server answers
 * "wrong password" to it, after the usual time.
 */
export function noPassword({ memoryCost, timeCost, parallelism }: HashParameters = HASH_PARAMETERS): string {
  const cost = `m=${memoryCost},p=${parallelism},t=${timeCost}`;
  return `$argon2id$v=19$${cost}$${inBase64(randomBytes(16))}$${NOTHING}`;
}

/** Returns whether a hash is one of `noPassword`. */
export const matchesNothing = (passwordHash: string): boolean => MATCHES_NOTHING.test(passwordHash);

/** A condition in SQL, with its value, that is true for the hashes of `noPassword`. */
export const MATCHES_NOTHING_SQL = ['password_hash like ?', [`$argon2id$%$${NOTHING}`]] as const;
