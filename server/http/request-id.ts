import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { HttpError } from '../errors';

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
 * Logs what a request failed with, as it was thrown, under the request's id, and sends the id as `X-Request-Id`. A refusal
 * that is expected (an `HttpError`: too busy, for example) is a warning without a stack; anything else is an error. Without a
 * request it is a failure of no request in particular.
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
    const about = requestId === undefined ? {} : { requestId };
    if (error instanceof HttpError)
      log.warn({ ...about, status: error.status, reason: error.message }, 'request refused');
    else log.error({ ...about, err: sanitize(error) }, 'request failed');
    if (requestId !== undefined && response && !response.headersSent)
      response.setHeader('X-Request-Id', requestId);
  };
}
