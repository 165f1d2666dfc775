import type { IncomingMessage, ServerResponse } from 'node:http';
import { ReferenceRemovedError, UnavailableDatabaseError } from '../storage/database-error';
import { withoutBoundValues } from '../storage/errors';
import {
  HttpError,
  InternalError,
  RemovedMeanwhileError,
  RestError,
  UnavailableError,
  UnreadableBodyError,
} from './http-errors';

/** What to answer and what to log for a thrown value. */
export interface Failure {
  /** Status, code, headers and a text that is safe to send. */
  readonly error: HttpError;
  /** `undefined`: the client made a mistake, and its response says everything about it. */
  readonly logLevel: 'error' | 'warn' | undefined;
  /** The thrown value as the log may show it: database errors without the values of their query. */
  readonly cause: Error;
}

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

/**
 * Classifies any thrown value. Only this function decides what a client and the log learn about a
 * failure.
 */
export function failureOf(thrown: unknown): Failure {
  // A RestError answers the caller's own request. If the upstream API was the cause,
  // `gateway/upstream.ts` has logged it.
  if (thrown instanceof RestError) return { error: thrown, logLevel: undefined, cause: thrown };
  if (thrown instanceof HttpError)
    return { error: thrown, logLevel: thrown.status >= 500 ? 'warn' : undefined, cause: thrown };
  const rejected = parserStatusOf(thrown);
  if (rejected !== undefined) {
    const error = new UnreadableBodyError(rejected);
    return { error, logLevel: undefined, cause: error };
  }
  const cause = withoutBoundValues(thrown);
  if (cause instanceof UnavailableDatabaseError)
    return {
      error: new UnavailableError('The database does not answer. Try again.'),
      logLevel: 'error',
      cause,
    };
  if (cause instanceof ReferenceRemovedError)
    return { error: new RemovedMeanwhileError(), logLevel: 'warn', cause };
  return { error: new InternalError(), logLevel: 'error', cause };
}

/**
 * Returns the 4xx status that Express and its body parsers attach to a request they cannot read.
 */
function parserStatusOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const { status } = thrown as { status?: unknown };
  return typeof status === 'number' && status >= 400 && status <= 499 ? status : undefined;
}
