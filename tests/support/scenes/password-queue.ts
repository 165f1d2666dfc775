import { availableParallelism } from 'node:os';

/**
 * The number of simultaneous password comparisons: Node's pool has four threads for them, and one
 * core stays free.
 */
export const AT_ONCE = Math.max(1, Math.min(4, availableParallelism()) - 1);
