import { isExpired, type ConsumerKey, type Permissions } from './consumer-key';

/** A key as pages show it: enough to identify it, not enough to use it. */
export interface ShownKey {
  readonly keyId: number;
  readonly description: string;
  /** The last seven characters of the consumer key. */
  readonly truncatedKey: string;
  readonly permissions: Permissions;
  readonly createdAt: Date;
  readonly lastAccess?: Date;
  readonly expiresAt?: Date;
  readonly hasEnded: boolean;
}

/** Returns what a page shows of a key, with its times as dates. */
export const showKey = (key: ConsumerKey, now: number): ShownKey => ({
  keyId: key.keyId,
  description: key.description,
  truncatedKey: key.truncatedKey,
  permissions: key.permissions,
  createdAt: new Date(key.createdAt),
  ...(key.lastAccess === null ? {} : { lastAccess: new Date(key.lastAccess) }),
  ...(key.limits.expiresAt === null ? {} : { expiresAt: new Date(key.limits.expiresAt) }),
  hasEnded: isExpired(key, now),
});
