import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { RequestIdOf } from './request-id';
import type { VisitorOf } from './visitor';

export interface RequestLogDependencies {
  readonly log: Logger;
  readonly requestIdOf: RequestIdOf;
  readonly visitorOf: VisitorOf;
}

/**
 * Returns middleware that logs one line per request when its response ends.
 *
 * The line has the path but not the query, because queries carry consumer secrets, signatures and
 * merchants' ids. The response carries the request's id as `X-Request-Id`, so that a person can
 * report which request failed.
 */
export function requestLog({ log, requestIdOf, visitorOf }: RequestLogDependencies): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const requestId = requestIdOf(request);
    const [path = ''] = request.url.split('?');
    response.set('X-Request-Id', requestId);
    response.once('close', () => {
      log.info(
        {
          requestId,
          method: request.method,
          path: withoutKeys(path.slice(0, 200)),
          status: response.statusCode,
          ms: Math.round(performance.now() - started),
          address: visitorOf(request).address,
          ...(response.writableFinished ? {} : { aborted: true }),
        },
        'request',
      );
    });
    next();
  };
}

// A hand-made URL may hold a key in its path, with the prefix escaped or missing.
const withoutKeys = (path: string): string => path.replace(/(c[ks]_)[0-9a-f]{8,}|[0-9a-f]{32,}/gi, '$1…');
