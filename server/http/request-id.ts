import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Returns the id of a request in the log. The same request always has the same id. */
export type RequestIdOf = (request: IncomingMessage) => string;

/** Fits a UUID or a trace id, but no consumer key and no line break. */
const FROM_PROXY = /^[A-Za-z0-9-]{8,64}$/;

/** Takes the id from `X-Request-Id` if a proxy named in TRUST_PROXY sent it. Otherwise makes a new one. */
export function requestIds({ trustsProxy }: { trustsProxy: (address: string) => boolean }): RequestIdOf {
  const known = new WeakMap<IncomingMessage, string>();
  return (request) => {
    let id = known.get(request);
    if (id === undefined) {
      const given = request.headers['x-request-id'];
      const believed = typeof given === 'string' && FROM_PROXY.test(given);
      id = believed && trustsProxy(request.socket.remoteAddress ?? '') ? given : randomUUID();
      known.set(request, id);
    }
    return id;
  };
}
