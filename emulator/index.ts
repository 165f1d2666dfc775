export { createCallback } from './callback';
export { ConnectError, EmulatorError, StrictError } from './errors';
export { startStore } from './start-store';
export type * from './store';
