import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { VisitorOf } from './visitor';

/**
 * One line a request when it is answered. Of its target the path alone: queries carry consumer secrets, signatures and
 * the merchants' ids. The id comes back as `X-Request-Id`, so that a person can name the request that failed.
 */
export function requestLog({ log, visitorOf }: { log: Logger; visitorOf: VisitorOf }): RequestHandler {
  return (request, response, next) => {
    const started = performance.now();
    const requestId = randomUUID();
    const [path = ''] = request.url.split('?');
    response.set('X-Request-Id', requestId);
    response.once('close', () => {
      log.info(
        {
          requestId,
          method: request.method,
          path: path.slice(0, 200),
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
