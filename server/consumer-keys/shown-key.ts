import type { ConsumerKey, Permissions } from './consumer-key';

/** A key as pages show it: enough to identify it, not enough to use it. */
export interface ShownKey {
  readonly keyId: number;
  readonly description: string;
  /** The last seven characters of the consumer key. */
  readonly truncatedKey: string;
  readonly permissions: Permissions;
  readonly createdAt: Date;
  readonly lastAccess?: Date;
}

/** Returns what a page shows of a key, with its times as dates. */
export const showKey = (key: ConsumerKey): ShownKey => ({
  keyId: key.keyId,
  description: key.description,
  truncatedKey: key.truncatedKey,
  permissions: key.permissions,
  createdAt: new Date(key.createdAt),
  ...(key.lastAccess === null ? {} : { lastAccess: new Date(key.lastAccess) }),
});
