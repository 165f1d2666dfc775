import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { StoreUrl } from '../http/store-url';

/** The purpose of the key that signs probes (storage/secret-key.ts). */
export const PROBE_KEY_PURPOSE = 'doctor probe';

/** How long a probe is valid, by the clock of the server that gets it. */
export const PROBE_VALID_MS = 60_000;
/** A probe may be this much ahead, because two clocks never agree exactly. */
const AHEAD_MAX_MS = 5_000;

/** A signed probe. */
export interface Probe {
  /** The answer repeats it, so that a cached answer is noticed. */
  readonly id: string;
  /**
   * The value of the header `Authorization`, which no shared cache stores (RFC 9111 section 3.5).
   */
  readonly authorization: string;
}

/** Signs a probe for one store. `issuedAt`: milliseconds since 1970, by the clock of the server. */
export function signProbe(key: Buffer, storeUrl: StoreUrl, issuedAt: number): Probe {
  const id = randomBytes(16).toString('base64url');
  return { id, authorization: `Probe ${issuedAt}.${id}.${signature(key, storeUrl, issuedAt, id)}` };
}

/**
 * Returns the id of a valid probe. Returns `undefined` for any other value: another form, too old,
 * signed for another store or with another key.
 */
export function probeIdIn(
  authorization: string | undefined,
  { keys, storeUrl, now }: { keys: () => readonly Buffer[]; storeUrl: StoreUrl; now: number },
): string | undefined {
  const [, issued, id = '', signed = ''] =
    /^Probe (\d{1,15})\.([\w-]{22})\.([\w-]{43})$/.exec(authorization ?? '') ?? [];
  if (issued === undefined) return undefined;
  const issuedAt = Number(issued);
  if (issuedAt > now + AHEAD_MAX_MS || issuedAt < now - PROBE_VALID_MS) return undefined;
  const given = Buffer.from(signed);
  const fits = keys().some((key) =>
    timingSafeEqual(given, Buffer.from(signature(key, storeUrl, issuedAt, id))),
  );
  return fits ? id : undefined;
}

function signature(key: Buffer, { href }: StoreUrl, issuedAt: number, id: string): string {
  return createHmac('sha256', key)
    .update(JSON.stringify([issuedAt, id, href]))
    .digest('base64url');
}
