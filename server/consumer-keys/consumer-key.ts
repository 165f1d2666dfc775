import { hash, randomBytes } from 'node:crypto';
import type { KeyLimits } from './key-limits';

export const PERMISSIONS = ['read', 'write', 'read_write'] as const;
/** What a key may do. The grant calls it `scope`, and the callback `key_permissions`. */
export type Permissions = (typeof PERMISSIONS)[number];

/** Returns whether a text is a value of permissions. */
export function isPermissions(value: string): value is Permissions {
  return (PERMISSIONS as readonly string[]).includes(value);
}

/** A key without anything that opens the API. Times are milliseconds since 1970, UTC. */
export interface ConsumerKey {
  readonly keyId: number;
  readonly userId: number;
  readonly description: string;
  readonly permissions: Permissions;
  readonly truncatedKey: string;
  readonly createdAt: number;
  readonly lastAccess: number | null;
  readonly lastAddress: string | null;
  /** `null` for a key made by hand. */
  readonly app: App | null;
  /** Whether its callback is still in progress. */
  readonly pending: boolean;
  /** Whether it came from a WooCommerce store. */
  readonly imported: boolean;
  readonly limits: KeyLimits;
  /** When a server first saw that the key had ended. It counts even if the clock is set back. */
  readonly expiredAt: number | null;
  /** The key that takes its place while both work. That key may be gone by now. */
  readonly replacedBy: number | null;
}

/** Returns whether a key has ended at this time, or was seen as ended before. */
export function isExpired(
  { limits, expiredAt }: Pick<ConsumerKey, 'limits' | 'expiredAt'>,
  now: number,
): boolean {
  return expiredAt !== null || (limits.expiresAt ?? Infinity) <= now;
}

/**
 * The app that holds a granted key: its name, where its keys are sent, and its own id for the
 * merchant.
 */
export interface App {
  readonly appName: string;
  /** Empty for an imported key: WooCommerce does not store it. */
  readonly callbackOrigin: string;
  readonly appUserId: string;
}

/** Returns whether the second permissions allow anything that the first do not. */
export function isRaised(from: Permissions, to: Permissions): boolean {
  return from !== to && from !== 'read_write';
}

/**
 * Makes a new pair: `ck_` and `cs_`, each with 160 random bits in hexadecimal. Only here the two
 * exist in clear text.
 */
export function generateKeyPair(): { consumerKey: string; consumerSecret: string } {
  return {
    consumerKey: `ck_${randomBytes(20).toString('hex')}`,
    consumerSecret: `cs_${randomBytes(20).toString('hex')}`,
  };
}

// HMAC (RFC 2104) from two digests. The key is fixed, so its pads are prepared once. createHmac takes
// twice as long, and its objects have to be collected: a key that is not cached then misses its
// bound in the benchmark (docs/decisions/0009-speed.md). Sharing the buffer is safe, because the
// function is synchronous.
const BLOCK_BYTES = 64;
const padded = (byte: number) =>
  Buffer.alloc(BLOCK_BYTES, byte).map((pad, at) => pad ^ (Buffer.from('wc-api')[at] ?? 0));
const innerPad = Buffer.from(padded(0x36)).toString('latin1');
const outer = Buffer.concat([padded(0x5c), Buffer.alloc(32)]);

/**
 * Returns the hex HMAC-SHA256 under the fixed key `wc-api`, by which WooCommerce stores and looks
 * up a consumer key.
 */
export function consumerKeyHash(consumerKey: string): string {
  outer.write(hash('sha256', innerPad + consumerKey, 'hex'), BLOCK_BYTES, 'hex');
  return hash('sha256', outer, 'hex');
}

/**
 * Returns the base64url SHA-256 of both halves of a pair. A pair in clear text is verified with it,
 * without opening the sealed secret. With 160 random bits, the pair cannot be guessed from it.
 */
export function pairDigest(consumerKey: string, consumerSecret: string): string {
  return hash('sha256', `${consumerKey}:${consumerSecret}`, 'base64url');
}

/**
 * Returns the last seven characters (WooCommerce's `truncated_key`): enough to tell keys apart, too
 * few to use.
 */
export function truncatedKey(consumerKey: string): string {
  return consumerKey.slice(-7);
}
