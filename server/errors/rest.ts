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

/** The `WWW-Authenticate` header of a 401. */
export const CHALLENGE = 'Basic realm="WooCommerce API"';

/** Returns the functions that write an error of the REST API. */
export function restAnswers({ storeUrl, helpUrlOf }: RestAnswerDependencies) {
  function textOf({ code, message, status, data }: RestError): string {
    return JSON.stringify({ code, message, data: errorData({ status, ...data }, helpUrlOf(code)) });
  }

  function send(response: ServerResponse, error: HttpError): void {
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const answer = asRestError(error);
    if (answer.status === 401) response.setHeader('WWW-Authenticate', CHALLENGE);
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
    sendJson(response, answer.status, textOf(answer), storeUrl);
  }

  return {
    /**
     * Sends an error as WordPress does: `{"code","message","data":{"status"}}`, never cached. With
     * HELP_URL, `data` has `help` too.
     */
    send,

    /**
     * Sends an error to a reverse proxy that asked whether a request may pass. The header has the
     * body again, because nginx can pass on a header of the rejection but not its body. It omits
     * what OAUTH_DEBUG adds, which is too long for a header.
     */
    sendToProxy(response: ServerResponse, error: HttpError): void {
      const rejection = asProxyError(asRestError(error));
      const { status, code, message, data } = rejection;
      const short = 'resource' in data ? { resource: data['resource'] } : {};
      response.setHeader('X-WC-Refusal', textOf(new RestError(status, code, message, short)));
      send(response, rejection);
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
  return new RestError(503, 'rest_unavailable', NOT_CHECKED, {}, { ...RETRY_SOON, ...error.headers });
}

/**
 * Returns the error with a status that every proxy passes on. nginx turns anything but 401 and 403
 * into 500.
 */
function asProxyError(error: RestError): RestError {
  const { status, code, message, headers } = error;
  if (status === 401 || status === 403) return error;
  if (status === 429) return new RestError(403, code, message, {}, headers);
  return new RestError(403, 'wc_auth_unavailable', NOT_CHECKED);
}

const NOT_CHECKED = 'The key cannot be checked now. Try again.';
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
