import {
  HttpError,
  RestError,
  RETRY_SOON,
  UnavailableError,
  UnreadableBodyError,
  type ErrorHeaders,
} from './http-errors';
import type { ErrorRequestHandler, Request } from 'express';
import type { ReportFailure } from './failure';
import { CHALLENGE, UNREADABLE_BODY } from './rest';
import { errorData, type HelpUrlOf } from './help-url';

/** Every error status of `/revoke`, with its codes in the three dialects (protocol 4). */
const REJECTIONS = {
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

export type RevokeStatus = keyof typeof REJECTIONS;

/** Returns whether `/revoke` can answer with this status. */
export const isRevokeStatus = (status: number): status is RevokeStatus => status in REJECTIONS;

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

export const AUTHENTICATION_REQUIRED = 'Authentication required';

export interface RevokeErrorHandlerDependencies {
  readonly reportFailure: ReportFailure;
  readonly helpUrlOf: HelpUrlOf;
  readonly isForm: (request: Request) => boolean;
}

/**
 * Returns the Express error handlers of `/revoke` and of its dialects: `logout` answers with the
 * body of `/auth/logout`, and `revoke` with that of `/revoke` in the dialect of the request.
 */
export function revokeErrorHandlers({ reportFailure, helpUrlOf, isForm }: RevokeErrorHandlerDependencies) {
  const answering =
    (bodyOf: (error: RevokeError, request: Request) => object): ErrorRequestHandler =>
    (thrown: unknown, request, response, next) => {
      const error = asRevokeError(reportFailure(thrown, request, response));
      if (response.headersSent) {
        next(error);
        return;
      }
      // RFC 6749 section 5.2 requires a challenge if the Authorization header was used. Otherwise a
      // form gets none: OAuth libraries would overlook `invalid_client`, and a browser would ask
      // the manager for a password.
      const challenged = request.headers.authorization !== undefined || !isForm(request);
      if (error.status === 401 && challenged) response.set('WWW-Authenticate', CHALLENGE);
      response.status(error.status).set(error.headers).json(bodyOf(error, request));
    };
  return {
    logout: answering((error) => ({ error: errorObject(error) })),
    revoke: answering((error, request) =>
      (isForm(request) ? oauthErrorBody : revokeErrorBody)(error, helpUrlOf),
    ),
  };
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
  const headers = error instanceof UnavailableError ? error.headers : RETRY_SOON;
  return new RevokeError(503, 'Not revoked. Assume that the key still works, and try again.', headers);
}

/**
 * Returns the error object of `/auth/logout`, which is also a member of the response of `/revoke`.
 */
function errorObject({ status, message }: Pick<RevokeError, 'status' | 'message'>) {
  const { name, code } = REJECTIONS[status];
  return { name, code, message: status === 401 ? AUTHENTICATION_REQUIRED : message };
}

/**
 * Returns an error with WooCommerce's members and those of a logout, so that clients of both can
 * read it.
 */
function revokeErrorBody(error: RevokeError, helpUrlOf: HelpUrlOf) {
  const { rest: code } = REJECTIONS[error.status];
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
function oauthErrorBody(error: RevokeError, helpUrlOf: HelpUrlOf) {
  const { oauth, rest } = REJECTIONS[error.status];
  const help = helpUrlOf(rest);
  return {
    error: oauth,
    error_description: error.message,
    ...(help === undefined ? {} : { error_uri: help }),
  };
}
