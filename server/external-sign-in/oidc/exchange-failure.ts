import type { RejectionReason } from '../rejected-sign-ins';

/** Why an exchange with the provider failed. */
export interface ExchangeFailure {
  readonly reason: RejectionReason;
  /** For the log. Never a token, a code or a claim. */
  readonly because: string;
}

/** Codes of `openid-client` for an answer that proves nothing. */
const BAD_PROOF: readonly unknown[] = [
  'OAUTH_INVALID_RESPONSE',
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
  'OAUTH_JSON_ATTRIBUTE_COMPARISON_FAILED',
  'OAUTH_KEY_SELECTION_FAILED',
  'OAUTH_UNSUPPORTED_OPERATION',
];

/** Errors at the redirect URI that say that the person, or the provider, did not agree. */
const DECLINED: readonly unknown[] = [
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
];

/** Returns why an exchange that threw this error failed. */
export function exchangeFailure(error: unknown): ExchangeFailure {
  const { code, error: said } = fieldsOf(error);
  return { reason: reasonOf(code, said), because: describe(error) };
}

function reasonOf(code: unknown, said: unknown): RejectionReason {
  if (code === 'OAUTH_AUTHORIZATION_RESPONSE_ERROR')
    return DECLINED.includes(said) ? 'declined' : 'unavailable';
  // The token endpoint did not accept the code: another client's, an old one, or one used before.
  if (said === 'invalid_grant') return 'bad_proof';
  return BAD_PROOF.includes(code) ? 'bad_proof' : 'unavailable';
}

/**
 * Returns an error in words. The texts of `openid-client` are fixed, and what it found stands in
 * `cause`, of which only the text of an error is used. An `error` of the provider is added if
 * it has the form of a code (RFC 6749, section 5.2).
 */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, error: said } = fieldsOf(error);
  const inner = error.cause instanceof Error ? error.cause.message : undefined;
  const parts = [
    inner ?? error.message,
    ...(typeof said === 'string' && /^[a-z_]{1,60}$/.test(said) ? [said] : []),
    ...(typeof code === 'string' ? [code] : []),
  ];
  return parts.join(': ').slice(0, 300);
}

const fieldsOf = (error: unknown): { readonly code?: unknown; readonly error?: unknown } =>
  typeof error === 'object' && error !== null ? error : {};
