import { openStoreForCommand } from './start-store';
import type { Store, StoreOptions } from './store';

// What `wc-auth-server/testing` exports. Its types need no types of other packages.

export { createCallback } from './callback';
export { ConnectError, EmulatorError, StrictError } from './errors';
export type * from './store';

/**
 * Starts a store that behaves like one with WooCommerce, for tests: the real server on a database of
 * its own, with a small REST API behind it.
 *
 * @throws EmulatorError if an option is wrong, the port is taken, or NODE_ENV is `production`
 */
export function startStore(options: StoreOptions = {}): Promise<Store> {
  return openStoreForCommand(options);
}
