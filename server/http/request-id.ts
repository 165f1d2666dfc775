import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';

/** The name under which a request stands in the log, always the same for the same request. */
export type RequestIdOf = (request: IncomingMessage) => string;

/** Letters, digits and hyphens: room for a UUID or a trace id, none for a consumer key or a line break. */
const FROM_PROXY = /^[A-Za-z0-9-]{8,64}$/;

/** A proxy named in TRUST_PROXY may have given the request its id (`X-Request-Id`); from anyone else a new one is made. */
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

/**
 * Writes down a failure of our own under its request's id, and tells the id in the answer's `X-Request-Id`. Without a
 * request it is one of no request in particular.
 */
export type LogFailure = (error: unknown, request?: IncomingMessage, response?: ServerResponse) => void;

export function failureLog(dependencies: {
  readonly log: Logger;
  readonly requestIdOf: RequestIdOf;
  /** Turns a failure into one that may be logged. */
  readonly sanitize: (error: unknown) => Error;
}): LogFailure {
  const { log, requestIdOf, sanitize } = dependencies;
  return (error, request, response) => {
    const requestId = request && requestIdOf(request);
    log.error({ ...(requestId === undefined ? {} : { requestId }), err: sanitize(error) }, 'request failed');
    if (requestId !== undefined && response && !response.headersSent)
      response.setHeader('X-Request-Id', requestId);
  };
}
