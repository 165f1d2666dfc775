import type { ServerResponse } from 'node:http';
import { sendJson } from '../http/rest-answer';
import type { StoreUrl } from '../http/store-url';
import { RestError, RETRY_SOON, UnreadableBodyError, type HttpError } from './http-errors';
import type { ReportFailure } from './failure';
import { errorData, type HelpUrlOf } from './help-url';

/** How the endpoints of the REST API answer an error. */
export interface RestErrors extends ReturnType<typeof restAnswers> {
  readonly report: ReportFailure;
}

export interface RestAnswerDependencies {
  readonly storeUrl: Pick<StoreUrl, 'href'>;
  readonly helpUrlOf: HelpUrlOf;
}

/** Returns the functions that write an error of the REST API. */
export function restAnswers({ storeUrl, helpUrlOf }: RestAnswerDependencies) {
  function textOf({ code, message, status, data }: RestError): string {
    return JSON.stringify({ code, message, data: errorData({ status, ...data }, helpUrlOf(code)) });
  }

  return {
    textOf,
    /**
     * Sends an error as WordPress does: `{"code","message","data":{"status"}}`, never cached. With
     * HELP_URL, `data` has `help` too.
     */
    send(response: ServerResponse, error: HttpError): void {
      if (response.headersSent) {
        response.destroy();
        return;
      }
      const answer = asRestError(error);
      if (answer.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="WooCommerce API"');
      for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
      sendJson(response, answer.status, textOf(answer), storeUrl);
    },
  };
}

/**
 * Returns the REST form of an error. If the verification itself failed, for example because the
 * database is locked or unreachable, the status is 503, and the message says that the key could not
 * be checked.
 */
export function asRestError(error: HttpError): RestError {
  if (error instanceof RestError) return error;
  if (error instanceof UnreadableBodyError) return unreadableBody(error.status);
  return new RestError(
    503,
    'rest_unavailable',
    'The key cannot be checked just now. Try again.',
    {},
    { ...RETRY_SOON, ...error.headers },
  );
}

export const UNREADABLE_BODY = 'The body cannot be read.';

/**
 * Returns the error for a body that cannot be read: too large (413), of another media type (415),
 * or malformed (400).
 */
export const unreadableBody = (status: number): RestError =>
  new RestError(status, 'rest_invalid_body', UNREADABLE_BODY);

/** Returns the error for a transfer coding other than `chunked` (see `http/transfer-coding.ts`). */
export const unreadableCoding = (): RestError =>
  new RestError(
    501,
    'rest_unsupported_transfer_encoding',
    'Transfer-Encoding must be chunked alone. Send a compressed body with Content-Encoding.',
  );
