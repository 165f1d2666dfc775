import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { accountKey } from '../users/user-store';

/** The longest time for which browsers keep a cookie (RFC 6265bis section 5.5). */
export const KNOWN_FOR_MS = 400 * 24 * 3_600_000;

export type KnownBrowsers = ReturnType<typeof knownBrowsers>;

/**
 * Makes and checks the proof that a browser has signed in to an account before. It tells the
 * owner's browser from strangers who guess passwords (OWASP calls it a device cookie).
 *
 * The proof is computed and not stored. By itself it opens nothing.
 */
export function knownBrowsers(key: Buffer, now: () => number) {
  // A JSON array, because a name may contain any separator, and the sender of the cookie chooses
  // the id.
  const proof = (id: string, name: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([id, accountKey(name)]))
      .digest();
  return {
    /** Returns the cookie's value after a sign-in to the account with these names. */
    issue(names: readonly string[]): string {
      const id = `${(now() + KNOWN_FOR_MS).toString(36)}-${randomBytes(16).toString('base64url')}`;
      return [id, ...names.map((name) => proof(id, name).toString('base64url'))].join('.');
    },
    /** Returns the id of the browser, if it has signed in under this name before. */
    idOf(cookie: string | undefined, name: string): string | undefined {
      const [id = '', ...proofs] = (cookie ?? '').split('.').slice(0, 3);
      if (!(Number.parseInt(id, 36) > now())) return undefined;
      const right = proof(id, name);
      const fits = proofs.some((given) => {
        const bytes = Buffer.from(given, 'base64url');
        return bytes.length === right.length && timingSafeEqual(bytes, right);
      });
      return fits ? id : undefined;
    },
  };
}
