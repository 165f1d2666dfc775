import { createHmac, randomBytes } from 'node:crypto';

export const PERMISSIONS = ['read', 'write', 'read_write'] as const;
/** What a key may do: the word is `scope` in the query and `key_permissions` in the callback. */
export type Permissions = (typeof PERMISSIONS)[number];

export function isPermissions(value: string): value is Permissions {
  return (PERMISSIONS as readonly string[]).includes(value);
}

/** Whether the second lets an app do anything that the first does not. */
export function isRaised(from: Permissions, to: Permissions): boolean {
  return from !== to && from !== 'read_write';
}

/** A fresh pair, the only time the two stand in clear: `ck_` and `cs_`, each with 160 random bits in hex. */
export function generateKeyPair(): { consumerKey: string; consumerSecret: string } {
  return {
    consumerKey: `ck_${randomBytes(20).toString('hex')}`,
    consumerSecret: `cs_${randomBytes(20).toString('hex')}`,
  };
}

/** Hex HMAC-SHA256 under the fixed key `wc-api`, the form in which WooCommerce stores and looks up a consumer key. */
export function consumerKeyHash(consumerKey: string): string {
  return createHmac('sha256', 'wc-api').update(consumerKey).digest('hex');
}

/** The last seven characters, enough to tell keys apart and of no use to anyone else (WooCommerce's `truncated_key`). */
export function truncatedKey(consumerKey: string): string {
  return consumerKey.slice(-7);
}
