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
 * One line a request when it is answered. Of its target the path alone: queries carry consumer secrets, signatures and
 * the merchants' ids. The id comes back as `X-Request-Id`, so that a person can name the request that failed.
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

// Whoever builds an address by hand may put a key where no key belongs, its prefix escaped or cut off.
const withoutKeys = (path: string): string => path.replace(/(c[ks]_)[0-9a-f]{8,}|[0-9a-f]{32,}/gi, '$1…');
