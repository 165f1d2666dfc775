import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Returns the id of a request in the log. The same request always has the same id. */
export type RequestIdOf = (request: IncomingMessage) => string;

/** Matches a UUID or a trace id, but neither a consumer key nor a line break. */
const FROM_PROXY = /^[A-Za-z0-9-]{8,64}$/;

/**
 * Returns a function that gives each request an id. The id is that of `X-Request-Id` if a proxy
 * named in TRUST_PROXY sent it, otherwise a new UUID.
 */
export function requestIds({ trustsProxy }: { trustsProxy: (address: string) => boolean }): RequestIdOf {
  const known = new WeakMap<IncomingMessage, string>();
  return (request) => {
    let id = known.get(request);
    if (id === undefined) {
      const sent = request.headers['x-request-id'];
      const isId = typeof sent === 'string' && FROM_PROXY.test(sent);
      id = isId && trustsProxy(request.socket.remoteAddress ?? '') ? sent : randomUUID();
      known.set(request, id);
    }
    return id;
  };
}
