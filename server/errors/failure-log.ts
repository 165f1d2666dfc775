import type { Logger } from 'pino';
import type { RequestIdOf } from '../http/request-id';
import { failureOf, type ReportFailure } from './failure';

/** Returns the function that logs failures under the id of their request. */
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
      log.warn({ ...about, status: error.status, reason: cause.message }, 'request rejected');
    else log.error({ ...about, err: cause }, 'request failed');
    if (requestId !== undefined && response && !response.headersSent)
      response.setHeader('X-Request-Id', requestId);
    return error;
  };
}
