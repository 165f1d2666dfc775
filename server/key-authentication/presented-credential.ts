import type { PhpValue } from '../http/php-params';
import { hasForm, readRequest, type AuthRequest, type ReadRequest } from './auth-request';
import { parseOAuthHeader, type OAuthHeader } from './oauth-header';

export type { AuthRequest } from './auth-request';

/**
 * The OAuth 1.0a parameters that a request must have, in the order in which WooCommerce lists
 * missing ones.
 */
export const OAUTH_PARAMETERS = [
  'oauth_consumer_key',
  'oauth_timestamp',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
] as const;
export type OAuthParameter = (typeof OAUTH_PARAMETERS)[number];

/** The credential of a request. Keys and secrets are byte strings, exactly as sent. */
export type PresentedCredential =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'plain';
      readonly via: PlainPlace;
      readonly consumerKey: string;
      readonly consumerSecret: string;
    }
  /**
   * A key and secret in clear text over plain HTTP. They are not checked, because anyone on the
   * network can read them.
   */
  | { readonly kind: 'insecure'; readonly via: PlainPlace }
  | { readonly kind: 'oauth-incomplete'; readonly missing: readonly OAuthParameter[] }
  | OAuthCredential;

export type PlainPlace = 'query' | 'basic' | 'bearer';

/** A complete OAuth 1.0a credential. Its signature is not verified yet. */
export interface OAuthCredential {
  readonly kind: 'oauth';
  /**
   * The values that count. If a parameter is sent in several places, the header wins, then the
   * body, then the query.
   */
  readonly parameters: Readonly<Record<OAuthParameter, string>>;
  readonly places: ReadonlySet<OAuthPlace>;
  readonly header: OAuthHeader;
}
export type OAuthPlace = 'query' | 'body' | 'header';

/**
 * Returns the credential that counts if a request has several (protocol 3.1).
 *
 * Over TLS, it is the key and secret in the query, else HTTP Basic (both as in WooCommerce), else a
 * Bearer token of both, else OAuth 1.0a. Over plain HTTP, only OAuth 1.0a counts. A value that PHP
 * considers empty (`""`, `"0"`) counts as absent, and so does an array.
 */
export function presentedCredential(request: ReadRequest): PresentedCredential {
  const plain =
    queryCredential(request) ??
    basicCredential(request.authorization) ??
    bearerCredential(request.authorization);
  if (plain && request.secure) return plain;
  const oauth = oauthCredential(request);
  if (oauth) return oauth;
  return plain ? { kind: 'insecure', via: plain.via } : { kind: 'none' };
}

/**
 * Returns whether an endpoint must read the body before it verifies, because an OAuth signature may
 * cover the form or be a part of it.
 */
export function mayCoverForm(request: AuthRequest): boolean {
  if (!hasForm(request)) return false;
  const { kind } = presentedCredential(readRequest(request));
  return kind !== 'plain';
}

type PlainCredential = Extract<PresentedCredential, { kind: 'plain' }>;

function queryCredential(request: ReadRequest): PlainCredential | undefined {
  const { credentials } = request.query();
  const consumerKey = credentials.get('consumer_key');
  const consumerSecret = credentials.get('consumer_secret');
  if (!isFilled(consumerKey) || !isFilled(consumerSecret)) return undefined;
  return { kind: 'plain', via: 'query', consumerKey, consumerSecret };
}

/**
 * Reads HTTP Basic (RFC 7617). As in PHP, the scheme is case-insensitive and base64 is decoded
 * leniently.
 */
function basicCredential(authorization: string | undefined): PlainCredential | undefined {
  if (authorization === undefined) return undefined;
  const encoded = /^\s*basic +(.*)$/is.exec(authorization)?.[1];
  if (encoded === undefined) return undefined;
  const decoded = Buffer.from(encoded, 'base64').toString('latin1');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  const consumerKey = decoded.slice(0, colon);
  const consumerSecret = decoded.slice(colon + 1);
  if (!isFilled(consumerKey) || !isFilled(consumerSecret)) return undefined;
  return { kind: 'plain', via: 'basic', consumerKey, consumerSecret };
}

/**
 * Reads a Bearer token `ck_….cs_…`, as `/wc-auth/v1/revoke` does. Ignores tokens of any other form.
 */
function bearerCredential(authorization: string | undefined): PlainCredential | undefined {
  const [, consumerKey, consumerSecret] =
    /^\s*bearer +(ck_[^\s.]*)\.(cs_\S*)\s*$/i.exec(authorization ?? '') ?? [];
  if (consumerKey === undefined || consumerSecret === undefined) return undefined;
  return { kind: 'plain', via: 'bearer', consumerKey, consumerSecret };
}

function oauthCredential(request: ReadRequest): PresentedCredential | undefined {
  const header = parseOAuthHeader(request.authorization);
  const sources: (readonly [OAuthPlace, ReadonlyMap<string, PhpValue>])[] = [
    ['header', new Map(header.woocommerce)],
    ['body', request.form().credentials],
    ['query', request.query().credentials],
  ];
  const places = new Set<OAuthPlace>();
  const effective = (name: OAuthParameter): string => {
    for (const [place, params] of sources) {
      const value = params.get(name);
      if (value === undefined) continue;
      // As with PHP's array_merge, the first place that has the parameter decides, even if its
      // value is empty.
      if (!isFilled(value)) return '';
      places.add(place);
      return value;
    }
    return '';
  };
  const parameters = {
    oauth_consumer_key: effective('oauth_consumer_key'),
    oauth_timestamp: effective('oauth_timestamp'),
    oauth_nonce: effective('oauth_nonce'),
    oauth_signature: effective('oauth_signature'),
    oauth_signature_method: effective('oauth_signature_method'),
  };
  const missing = OAUTH_PARAMETERS.filter((name) => parameters[name] === '');
  if (missing.length === OAUTH_PARAMETERS.length) return undefined;
  if (missing.length > 0) return { kind: 'oauth-incomplete', missing };
  return { kind: 'oauth', parameters, places, header };
}

/** Returns PHP's `! empty()` for a string, and false for anything else. */
function isFilled(value: PhpValue | undefined): value is string {
  return typeof value === 'string' && value !== '' && value !== '0';
}
