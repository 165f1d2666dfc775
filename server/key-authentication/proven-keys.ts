import type { IncomingMessage } from 'node:http';
import type { VerifiedKey } from './found-key';

/** Remembers on a request which key it proved, because its nonce can be spent only once. */
export interface ProvenKeys {
  of(request: IncomingMessage): VerifiedKey | undefined;
  note(request: IncomingMessage, key: VerifiedKey): void;
}

/**
 * Returns the memory that the middleware and the gateway of one store share. A request passes both
 * if no route behind the middleware answers it.
 */
export function provenKeys(): ProvenKeys {
  // Kept on the request itself, under a symbol that other code cannot set. A WeakMap would keep
  // each request in memory until the next full garbage collection.
  const proven = Symbol('proven');
  const marked = (request: IncomingMessage) =>
    request as IncomingMessage & Record<symbol, VerifiedKey | undefined>;
  return {
    of: (request) => marked(request)[proven],
    note: (request, key) => {
      marked(request)[proven] = key;
    },
  };
}
