import { AddressRejectedError, type Rejection } from './address-rules';

/** What is wrong with the app's certificate. `handshake`: TLS could not be established at all. */
export type TlsProblem =
  'expired' | 'not-yet-valid' | 'self-signed' | 'unknown-authority' | 'wrong-name' | 'handshake';

/**
 * Why the key was not delivered. Of the app's response it contains the status only, and no address.
 */
export type DeliveryFailure =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'redirect'; readonly status: number }
  | { readonly kind: 'timeout'; readonly afterMs: number }
  | { readonly kind: 'refused' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'unreachable' }
  | { readonly kind: 'dns' }
  | { readonly kind: 'tls'; readonly problem: TlsProblem }
  | { readonly kind: 'not-http' }
  | { readonly kind: 'address-refused'; readonly rejection: Rejection }
  | { readonly kind: 'other'; readonly code: string };

const EVERY_KIND: Readonly<Record<DeliveryFailure['kind'], true>> = {
  status: true,
  redirect: true,
  timeout: true,
  refused: true,
  closed: true,
  unreachable: true,
  dns: true,
  tls: true,
  'not-http': true,
  'address-refused': true,
  other: true,
};
export const DELIVERY_FAILURE_KINDS = Object.keys(EVERY_KIND) as DeliveryFailure['kind'][];

/**
 * Returns the name of a failure that docs/errors.md explains, or for `other` the code of Node.js or
 * OpenSSL.
 */
export function failureCode(failure: DeliveryFailure): string {
  switch (failure.kind) {
    case 'tls':
      return `tls_${failure.problem}`;
    case 'address-refused':
      return `address_${failure.rejection.rule}`;
    case 'other':
      return failure.code;
    default:
      return failure.kind;
  }
}

const TLS_PROBLEMS: Readonly<Record<string, TlsProblem>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT: 'unknown-authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unknown-authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unknown-authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'wrong-name',
  EPROTO: 'handshake',
};

const KINDS: Readonly<Record<string, 'refused' | 'closed' | 'unreachable' | 'dns'>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'closed',
  EPIPE: 'closed',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EAI_NODATA: 'dns',
  EAI_NONAME: 'dns',
  ETIMEDOUT: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EACCES: 'unreachable',
  EPERM: 'unreachable',
};

/**
 * Classifies an error of node:https. Keeps its code only, because its message contains addresses.
 */
export function deliveryFailureOf(error: unknown): DeliveryFailure {
  if (error instanceof AddressRejectedError) return { kind: 'address-refused', rejection: error.rejection };
  // If several addresses were tried, "refused" says more than "no route".
  const failures = memberOf(error, 'errors');
  if (Array.isArray(failures) && failures.length > 0) {
    const each = failures.map(deliveryFailureOf);
    return each.find(({ kind }) => kind === 'refused') ?? each[0] ?? { kind: 'unreachable' };
  }
  const code = codeOf(error);
  const problem = TLS_PROBLEMS[code];
  if (problem) return { kind: 'tls', problem };
  const kind = KINDS[code];
  if (kind) return { kind };
  if (code.startsWith('HPE_')) return { kind: 'not-http' };
  if (code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_'))
    return { kind: 'tls', problem: 'handshake' };
  // Other OpenSSL errors about a certificate: revoked, wrong purpose, path too long.
  return /CERT|CRL/.test(code) ? { kind: 'tls', problem: 'unknown-authority' } : { kind: 'other', code };
}

function codeOf(error: unknown): string {
  const code = memberOf(error, 'code');
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'UNKNOWN';
}

// Checks the shape instead of the class: in Jest, Node's own errors are not instances of Error.
function memberOf(error: unknown, name: 'code' | 'errors'): unknown {
  return typeof error === 'object' && error !== null ? (error as Record<string, unknown>)[name] : undefined;
}
