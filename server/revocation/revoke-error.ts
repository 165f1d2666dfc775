import { HttpError, type ErrorHeaders } from '../errors';

/** What `/revoke` refuses with, in the order of its table. */
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

export const isRevokeStatus = (status: number): status is RevokeStatus => status in REFUSALS;

/** A refused revocation: nothing was revoked. */
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

/** The error object of `/auth/logout`, and a part of the answer of `/revoke`. */
export function errorObject({ status, message }: Pick<RevokeError, 'status' | 'message'>) {
  const { name, code } = REFUSALS[status];
  return { name, code, message: status === 401 ? 'Authentication required' : message };
}

/** WooCommerce's members and a logout's in one object, so that clients of either read it. */
export function revokeErrorBody(error: RevokeError) {
  return {
    success: false,
    error: errorObject(error),
    code: REFUSALS[error.status].rest,
    message: error.message,
    data: { status: error.status },
  };
}

/** RFC 7009 section 2.2.1 and RFC 6749 section 5.2: what an OAuth library understands. */
export function oauthErrorBody(error: RevokeError) {
  return { error: REFUSALS[error.status].oauth, error_description: error.message };
}
