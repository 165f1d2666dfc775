import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { RequestIdOf } from '../http/request-id';
import { failureOf } from './failure';
import type { HttpError } from './http-errors';

/**
 * Logs a thrown value if the operator has to know, and returns the error to answer with.
 *
 * The log line carries the request's id, and the response gets it as `X-Request-Id`. An expected
 * failure, such as a full queue, is a warning without a stack. Without a request, the failure
 * belongs to background work.
 */
export type ReportFailure = (
  thrown: unknown,
  request?: IncomingMessage,
  response?: ServerResponse,
) => HttpError;

/** Returns the function with which every handler reports a failure. */
export function failureReporter(dependencies: {
  readonly log: Logger;
  readonly requestIdOf: RequestIdOf;
}): ReportFailure {
  const { log, requestIdOf } = dependencies;
  return (thrown, request, response) => {
    const { error, logLevel, cause } = failureOf(thrown);
    if (logLevel === undefined) return error;
    const requestId = request && requestIdOf(request);
    const about = requestId === undefined ? {} : { requestId };
    if (logLevel === 'warn')
      log.warn({ ...about, status: error.status, reason: cause.message }, 'request refused');
    else log.error({ ...about, err: cause }, 'request failed');
    if (requestId !== undefined && response && !response.headersSent)
      response.setHeader('X-Request-Id', requestId);
    return error;
  };
}
