import {
  HttpError,
  RestError,
  UnavailableError,
  UnreadableBodyError,
  type ErrorHeaders,
} from './http-errors';
import { UNREADABLE_BODY } from './rest';
import { errorData, type HelpUrlOf } from './help-url';

/** Every error status of `/revoke`, with its codes in the three dialects (protocol 4). */
const REFUSALS = {
  400: { name: 'BadRequestError', code: 'BAD_REQUEST', oauth: 'invalid_request', rest: 'rest_invalid_param' },
  401: {
    name: 'UnauthorizedError',
    code: 'UNAUTHORIZED',
    oauth: 'invalid_client',
    rest: 'woocommerce_rest_authentication_error',
  },
  403: {
    name: 'ForbiddenError',
    code: 'FORBIDDEN',
    oauth: 'unauthorized_client',
    rest: 'woocommerce_rest_cannot_delete',
  },
  405: {
    name: 'MethodNotAllowedError',
    code: 'METHOD_NOT_ALLOWED',
    oauth: 'invalid_request',
    rest: 'rest_no_route',
  },
  413: {
    name: 'PayloadTooLargeError',
    code: 'PAYLOAD_TOO_LARGE',
    oauth: 'invalid_request',
    rest: 'rest_body_too_large',
  },
  415: {
    name: 'UnsupportedMediaTypeError',
    code: 'UNSUPPORTED_MEDIA_TYPE',
    oauth: 'invalid_request',
    rest: 'rest_unsupported_media_type',
  },
  429: {
    name: 'TooManyRequestsError',
    code: 'TOO_MANY_REQUESTS',
    oauth: 'temporarily_unavailable',
    rest: 'wc_auth_too_many_failures',
  },
  503: {
    name: 'ServiceUnavailableError',
    code: 'SERVICE_UNAVAILABLE',
    oauth: 'temporarily_unavailable',
    rest: 'rest_unavailable',
  },
} as const;

export type RevokeStatus = keyof typeof REFUSALS;

/** Returns whether `/revoke` can answer with this status. */
export const isRevokeStatus = (status: number): status is RevokeStatus => status in REFUSALS;

/** A rejected revocation. Nothing was revoked. */
export class RevokeError extends HttpError {
  override readonly name = 'RevokeError';
  constructor(
    readonly status: RevokeStatus,
    message: string,
    override readonly headers: ErrorHeaders = {},
  ) {
    super(message);
  }
}

/** Turns any error into one that `/revoke` can answer with. */
export function asRevokeError(error: HttpError): RevokeError {
  if (error instanceof RevokeError) return error;
  // A credential that the verification rejected.
  if (error instanceof RestError)
    return new RevokeError(isRevokeStatus(error.status) ? error.status : 401, error.message, error.headers);
  if (error instanceof UnreadableBodyError)
    return new RevokeError(isRevokeStatus(error.status) ? error.status : 400, UNREADABLE_BODY);
  // RFC 7009 section 2.2.1 defines one server failure, 503. The client must then assume that the
  // key still works.
  const { headers } = error instanceof UnavailableError ? error : new UnavailableError(error.message);
  return new RevokeError(503, 'Not revoked: take it that the key still works, and try again.', headers);
}

/**
 * Returns the error object of `/auth/logout`, which is also a member of the response of `/revoke`.
 */
export function errorObject({ status, message }: Pick<RevokeError, 'status' | 'message'>) {
  const { name, code } = REFUSALS[status];
  return { name, code, message: status === 401 ? 'Authentication required' : message };
}

/**
 * Returns an error with WooCommerce's members and those of a logout, so that clients of both can
 * read it.
 */
export function revokeErrorBody(error: RevokeError, helpUrlOf: HelpUrlOf) {
  const { rest: code } = REFUSALS[error.status];
  return {
    success: false,
    error: errorObject(error),
    code,
    message: error.message,
    data: errorData({ status: error.status }, helpUrlOf(code)),
  };
}

/**
 * Returns an error in the form that OAuth libraries read (RFC 7009 section 2.2.1, RFC 6749 section
 * 5.2). There `error_uri` is the place for help.
 */
export function oauthErrorBody(error: RevokeError, helpUrlOf: HelpUrlOf) {
  const { oauth, rest } = REFUSALS[error.status];
  const help = helpUrlOf(rest);
  return {
    error: oauth,
    error_description: error.message,
    ...(help === undefined ? {} : { error_uri: help }),
  };
}
