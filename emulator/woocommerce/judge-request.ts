import type { IncomingMessage } from 'node:http';
import type { Permissions } from '../../server/consumer-keys/consumer-key';
import { percentEncode } from '../../server/http/php-params';
import { storeRoute } from '../../server/http/route-path';
import { readRequest, type ReadRequest } from '../../server/key-authentication/auth-request';
import { baseStrings, type PublicUrl } from '../../server/key-authentication/base-strings';
import { signatureMatches } from '../../server/key-authentication/oauth-signature';
import {
  presentedCredential,
  type OAuthCredential,
} from '../../server/key-authentication/presented-credential';
import { authRequestOf } from '../../server/key-authentication/request-of';
import { restAddress } from '../../server/key-authentication/rest-address';
import type { Warning } from '../store';
import { permissionDenied } from './anonymous';
import type { NonceMemory } from './nonce-memory';
import { warning, type WarningCode } from './warning-list';
import type { Verdict } from './verdict';

export interface RequestToJudge {
  readonly request: IncomingMessage;
  /** The urlencoded body as latin1. */
  readonly form: string | undefined;
  readonly secure: boolean;
  readonly storeUrl: PublicUrl;
  /** What WooCommerce answers before it checks permissions, by method and canonical path. */
  readonly earlyError: (method: string, path: string) => Verdict | undefined;
  readonly nonces: NonceMemory;
  /** How this store decided. */
  readonly ours: Verdict;
  /** The pair whose key the request names, if the key exists. */
  readonly pair:
    | { readonly consumerKey: string; readonly consumerSecret: string; readonly permissions: Permissions }
    | undefined;
}

export interface Judgment {
  readonly warnings: Warning[];
  /** `undefined`: as this store. */
  readonly woocommerce: Verdict | undefined;
}

const AS_OURS: Judgment = { warnings: [], woocommerce: undefined };
const WRONG_SIGNATURE: Verdict = {
  status: 401,
  code: 'woocommerce_rest_authentication_error',
  message: 'Invalid signature - provided signature does not match.',
};
const ACCEPTED: Verdict = { accepted: true };

/** Returns what WooCommerce would do differently about a request to the REST API. */
export function judgeRequest(toJudge: RequestToJudge): Judgment {
  const { request, form, secure, storeUrl, earlyError, nonces, ours, pair } = toJudge;
  const visitor = {
    host: request.headers.host,
    secure,
    address: request.socket.remoteAddress ?? '',
    behindProxy: false,
  };
  const sent = authRequestOf(request, visitor, form);
  const read = readRequest(sent);
  const credential = presentedCredential(read);
  const path = restAddress(storeRoute(read.target, storeUrl.basePath))?.path ?? read.path;
  const method = effectiveMethod(read);
  const denied = (status: 401 | 403) => earlyError(method, path) ?? permissionDenied(method, path, status);
  const anonymous = () => denied(401);

  if ('status' in ours && ours.status === 429)
    return differs('too-many-failures', 'WooCommerce does not count wrong keys.', undefined);
  if ('status' in ours && ours.status === 413)
    return differs('form-too-large', 'WooCommerce reads a form of this size.', undefined);
  if (read.method === 'OPTIONS')
    return sent.asksMethod && credential.kind === 'oauth'
      ? differs(
          'preflight',
          `WooCommerce checks the signature of a preflight, which is for another method. ${answer(WRONG_SIGNATURE)}`,
          WRONG_SIGNATURE,
        )
      : AS_OURS;
  switch (credential.kind) {
    case 'none':
      return 'accepted' in ours
        ? AS_OURS
        : differs('no-credential', `${answer(anonymous())} It has no WWW-Authenticate header.`, anonymous());
    case 'insecure':
      return differs(
        'plain-http',
        `Over plain http, WooCommerce does not look at a key and secret. ${answer(anonymous())}`,
        anonymous(),
      );
    case 'oauth-incomplete':
      return AS_OURS;
    case 'plain':
      if (credential.via === 'bearer')
        return differs(
          'bearer',
          `WooCommerce does not know Bearer keys. ${answer(anonymous())}`,
          anonymous(),
        );
      if (!pair)
        return 'accepted' in ours
          ? AS_OURS
          : differs(
              'unknown-key',
              `WooCommerce does not name an unknown key. ${answer(anonymous())}`,
              anonymous(),
            );
      if (credential.consumerSecret !== pair.consumerSecret) return AS_OURS;
      return judgePermission({ ours, pair, method, denied });
    case 'oauth':
      if (!pair) return AS_OURS;
      return judgeSignature(read, credential, { storeUrl, nonces, ours, pair, method, denied });
  }
}

// WP_REST_Server::serve_request: `_method` of the query, else the header.
function effectiveMethod(read: ReadRequest): string {
  const inQuery = read.query().params.get('_method');
  const named = typeof inQuery === 'string' ? inQuery : read.methodOverride;
  return (named ?? '').trim().toUpperCase() || read.method;
}

interface Proven {
  readonly ours: Verdict;
  readonly pair: NonNullable<RequestToJudge['pair']>;
  readonly method: string;
  /** Returns WooCommerce's answer to someone who may not do this. */
  readonly denied: (status: 403) => Verdict;
}

function judgeSignature(
  read: ReadRequest,
  credential: OAuthCredential,
  proven: Proven & Pick<RequestToJudge, 'storeUrl' | 'nonces'>,
): Judgment {
  const { ours, pair, storeUrl, nonces } = proven;
  const sent = credential.parameters;
  const fits = (strings: Iterable<string>) =>
    signatureMatches(sent.oauth_signature, sent.oauth_signature_method, pair.consumerSecret, strings);
  if (!fits(baseStrings(read, credential, storeUrl))) return AS_OURS;
  const inItsForm = [...baseStrings(read, credential, storeUrl, { forms: ['woocommerce'] })];
  const url = signedUrl(read, storeUrl);
  const start = `${read.method}&${percentEncode(url)}&`;
  if (!fits(inItsForm.filter((text) => text.startsWith(start))))
    return fits(inItsForm)
      ? differs(
          'signature-url',
          `WooCommerce expects a signature for ${url}. ${answer(WRONG_SIGNATURE)}`,
          WRONG_SIGNATURE,
        )
      : differs(
          'signature-rfc5849',
          `WooCommerce signs the parameters in another form than RFC 5849. ${answer(WRONG_SIGNATURE)}`,
          WRONG_SIGNATURE,
        );
  // PHP reads the number that the text starts with.
  if (!/^\d+$/.test(sent.oauth_timestamp))
    return Number.isNaN(Number.parseFloat(sent.oauth_timestamp))
      ? AS_OURS
      : differs(
          'timestamp',
          `WooCommerce reads only the number at the start of ${JSON.stringify(sent.oauth_timestamp)}.`,
          undefined,
        );
  const problem = 'message' in ours ? ours.message : '';
  if (problem.startsWith('Invalid timestamp')) return AS_OURS;
  const isUsed = nonces.isUsed(pair.consumerKey, sent.oauth_timestamp, sent.oauth_nonce);
  if (problem.startsWith('Invalid nonce'))
    return isUsed
      ? AS_OURS
      : differs(
          'nonce',
          'WooCommerce keeps the last nonce of each second and key. This one was not the last, so it accepts it again.',
          undefined,
        );
  return judgePermission(proven);
}

/** Judges a request whose key is proven. */
function judgePermission({ ours, pair, method, denied }: Proven): Judgment {
  if ('accepted' in ours) return AS_OURS;
  if (ours.status === 403) {
    const there = denied(403);
    if (JSON.stringify(there) === JSON.stringify(ours)) return AS_OURS;
    return differs('owner-not-manager', `WooCommerce decides by route. ${answer(there)}`, there);
  }
  const isAboutMethod = /have (?:read|write) permissions|request method/.test(ours.message);
  if (ours.status !== 401 || !isAboutMethod) return AS_OURS;
  return allows(pair.permissions, method)
    ? differs(
        'method-override',
        `WooCommerce checks the overriding method only, here ${method}, and accepts the request.`,
        ACCEPTED,
      )
    : AS_OURS;
}

function allows(permissions: Permissions, method: string): boolean {
  if (['GET', 'HEAD'].includes(method)) return permissions !== 'write';
  return ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) && permissions !== 'read';
}

/**
 * Returns the only URL whose signature WooCommerce accepts: `get_home_url` with the path of the
 * request, whose leading slashes PHP reads as the start of a host.
 */
function signedUrl({ path, secure }: ReadRequest, { origin, basePath }: PublicUrl): string {
  const home = `${origin.replace(/^https?:/, secure ? 'https:' : 'http:')}${basePath}`;
  const afterHost = path.replace(/^\/\/+[^/]*/, '');
  const below = afterHost.startsWith(`${basePath}/`) ? afterHost.slice(basePath.length) : afterHost;
  return below === '/' || below === '' ? home : `${home}${below}`;
}

function differs(code: WarningCode, message: string, woocommerce: Verdict | undefined): Judgment {
  return { warnings: [warning(code, message)], woocommerce };
}

function answer(verdict: Verdict): string {
  return 'accepted' in verdict
    ? 'It accepts the request.'
    : `It answers ${verdict.status} ${verdict.code}: ${verdict.message}`;
}
