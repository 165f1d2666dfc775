import type { IncomingMessage, RequestListener } from 'node:http';
import type { ReportFailure } from '../errors/failure-log';
import { RestError } from '../errors/http-errors';
import { rawUrlDecode } from '../http/php-params';
import { asRestError, sendRestError } from '../errors/rest';
import { originForm, storeRoute } from '../http/route-path';
import type { StoreUrl } from '../http/store-url';
import type { Visitor, VisitorOf } from '../http/visitor';
import type { AuthRequest } from '../key-authentication/auth-request';
import { IDENTITY_HEADERS, identityHeaders } from '../key-authentication/identity-headers';
import { authRequestOf } from '../key-authentication/request-of';
import { restAccess } from '../key-authentication/rest-access';
import { restAddress } from '../key-authentication/rest-address';
import { leavesTheApi } from '../key-authentication/leaves-the-api';
import type { KeyAuthentication } from '../key-authentication/verify';
import { withoutCredentials } from '../key-authentication/without-credentials';

export interface ForwardAuthDependencies {
  readonly keys: KeyAuthentication;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly reportFailure: ReportFailure;
}

/**
 * `ANY /wc-auth/v1/verify`: a reverse proxy asks whether the request in its hands may pass. It speaks nginx's
 * `auth_request`, Traefik's ForwardAuth and Caddy's `forward_auth`, so it answers 200 with the identity headers, 401 or
 * 403 and nothing else: nginx turns all other answers into 500. `X-WC-Uri` is the canonical URI (protocol 3.0) without
 * the secrets in its query, and `X-WC-Query` that query, for proxies that can rewrite.
 */
export function forwardAuth(dependencies: ForwardAuthDependencies): RequestListener {
  const { keys, storeUrl, visitorOf, reportFailure } = dependencies;
  return (request, response) => {
    // A proxy may send the original's body along; it is not looked at.
    request.resume();
    verify(request).then(
      (headers) => {
        response.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Length': 0, ...headers }).end();
      },
      (error: unknown) => {
        const refusal = failClosed(asRestError(reportFailure(error, request, response)));
        response.setHeader('X-WC-Refusal', inOneHeader(refusal));
        sendRestError(response, refusal, storeUrl);
      },
    );
  };

  async function verify(request: IncomingMessage): Promise<Record<string, string>> {
    if (asksForUpgrade(request)) throw noUpgrade();
    const original = originalRequest(request, visitorOf(request));
    const route = storeRoute(original.target, storeUrl.basePath);
    const address = restAddress(route);
    if (leavesTheApi(address?.path ?? route.path)) throw refused('The path leads elsewhere than it says.');
    const key = await restAccess(keys, original, address);
    const asked = address ? address.base + address.path + address.query : original.target;
    const uri = withoutCredentials(asked);
    // A proxy may cut what was taken out of the query out of the path as well (Caddy's `uri replace` does).
    if (uri !== asked && [route.path, address?.path ?? ''].some(namesCredential))
      throw refused('The path holds the name of a credential.');
    const mark = uri.indexOf('?');
    return {
      ...(key ? identityHeaders(key) : NOBODY),
      'X-WC-Uri': uri,
      'X-WC-Query': mark < 0 ? '' : uri.slice(mark + 1),
    };
  }
}

/** A proxy that passes an upgrade on tunnels everything after the API's 101, unverified (RFC 9110 section 7.8). */
function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return (
    headers.upgrade !== undefined ||
    headers['http2-settings'] !== undefined ||
    /(?:^|,)\s*(?:upgrade|http2-settings)\s*(?:,|$)/i.test(headers.connection ?? '')
  );
}

/** Said in so many words: for a header that is not there Caddy 2.6 passes on the name of its own placeholder. */
const NOBODY = Object.fromEntries(IDENTITY_HEADERS.map((name) => [name, '']));

/** Returns the error with a status that every proxy passes on. nginx turns anything but 401 and 403 into 500. */
function failClosed(error: RestError): RestError {
  const { status, code, message, headers } = error;
  if (status === 401 || status === 403) return error;
  if (status === 429) return new RestError(403, code, message, {}, headers);
  return new RestError(403, 'wc_auth_unavailable', 'The key cannot be checked just now. Try again.');
}

/**
 * The answer's body once more, for nginx, which passes on a header of a refusal but never its body. Without what
 * OAUTH_DEBUG adds: that is too long for a header.
 */
function inOneHeader({ code, message, status }: RestError): string {
  return JSON.stringify({ code, message, data: { status } });
}

/**
 * The request that the proxy holds. Its headers are believed from a proxy named in TRUST_PROXY alone; from anyone else
 * the request is the one that came. A proxy that is not trusted would have every method taken for its own, so what
 * speaks for another request without being trusted is refused.
 */
function originalRequest(request: IncomingMessage, visitor: Visitor): AuthRequest {
  const own = authRequestOf(request, visitor, undefined);
  const method = agreed(request, ['x-forwarded-method', 'x-original-method']);
  const target = agreed(request, ['x-forwarded-uri', 'x-original-uri', 'x-original-url']);
  if (method === undefined && target === undefined) return own;
  if (!visitor.behindProxy) throw misconfigured('The proxy that asks is not named in TRUST_PROXY.');
  if (method === undefined || target === undefined)
    throw misconfigured('The proxy has to send the method and the URI of the original request.');
  // nginx's `X-Original-URL` is a whole URL.
  return { ...own, method, target: originForm(target) };
}

/** Several proxies, several names. Two that contradict each other: one of them is the client's. */
function agreed({ headers }: IncomingMessage, names: readonly string[]): string | undefined {
  let agreedOn: string | undefined;
  for (const name of names) {
    // Node joins the values of a header like these that is sent twice.
    const value = headers[name] as string | undefined;
    if (value === undefined) continue;
    if (agreedOn !== undefined && agreedOn !== value)
      throw misconfigured(`The headers ${names.join(', ')} contradict each other.`);
    agreedOn = value;
  }
  return agreedOn;
}

/** Whether a path, read in any way, holds what is taken out of a query. */
function namesCredential(path: string): boolean {
  return /oauth_|consumer_(?:key|secret)/i.test(rawUrlDecode(path).replace(/[ .+]/g, '_'));
}

const noUpgrade = () =>
  new RestError(403, 'wc_auth_upgrade_refused', 'A request to this API may not ask for an upgrade.');
const refused = (message: string) => new RestError(403, 'wc_auth_path_refused', message);
const misconfigured = (message: string) => new RestError(403, 'wc_auth_proxy_misconfigured', message);
