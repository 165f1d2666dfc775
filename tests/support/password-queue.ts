import { availableParallelism } from 'node:os';

/** How many passwords are compared at a time: Node's pool has four threads for such work, and one core is left to others. */
export const AT_ONCE = Math.max(1, Math.min(4, availableParallelism()) - 1);
