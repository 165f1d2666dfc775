import type { ConsumerKey } from './consumer-key-store';

/** A key as pages show it. */
export const showKey = (key: ConsumerKey) => ({
  keyId: key.keyId,
  description: key.description,
  truncatedKey: key.truncatedKey,
  permissions: key.permissions,
  createdAt: new Date(key.createdAt),
  ...(key.lastAccess === null ? {} : { lastAccess: new Date(key.lastAccess) }),
});
