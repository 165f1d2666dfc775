import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { accountKey } from '../users/user-store';

/** As long as browsers keep a cookie (RFC 6265bis, 5.5). */
export const KNOWN_FOR_MS = 400 * 24 * 3_600_000;

export type KnownBrowsers = ReturnType<typeof knownBrowsers>;

/**
 * A browser that has signed in to an account keeps a proof of it, so that it can be told from strangers who guess at the
 * same account (OWASP calls it a device cookie). Computed, not stored; it opens nothing by itself.
 */
export function knownBrowsers(key: Buffer, now: () => number) {
  // As an array: a name may hold any separator, and the cookie's sender chooses the id.
  const proof = (id: string, name: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([id, accountKey(name)]))
      .digest();
  return {
    /** The cookie's value after a sign-in to the account that goes by these names. */
    issue(names: readonly string[]): string {
      const id = `${(now() + KNOWN_FOR_MS).toString(36)}-${randomBytes(16).toString('base64url')}`;
      return [id, ...names.map((name) => proof(id, name).toString('base64url'))].join('.');
    },
    /** Which browser it is, when it has signed in by this name before. */
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
