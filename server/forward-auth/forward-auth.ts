import type { IncomingMessage, RequestListener } from 'node:http';
import { RestError } from '../errors/http-errors';
import type { RestErrors } from '../errors/rest';
import { originForm, storeRoute } from '../http/route-path';
import type { StoreUrl } from '../http/store-url';
import { hasUnreadableCoding } from '../http/transfer-coding';
import type { Visitor, VisitorOf } from '../http/visitor';
import type { AuthRequest } from '../key-authentication/auth-request';
import { IDENTITY_HEADERS, identityHeaders } from '../key-authentication/identity-headers';
import { authRequestOf } from '../key-authentication/request-of';
import { restAccess } from '../key-authentication/rest-access';
import { restAddress } from '../key-authentication/rest-address';
import { leavesTheApi } from '../key-authentication/leaves-the-api';
import type { KeyAuthentication } from '../key-authentication/verify';
import {
  namesCredential,
  withoutCredentials,
  withoutEmbedded,
} from '../key-authentication/without-credentials';

export interface ForwardAuthDependencies {
  readonly keys: KeyAuthentication;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly errors: RestErrors;
}

/**
 * Returns the listener of `ANY /wc-auth/v1/verify`, which tells a reverse proxy whether a request
 * may pass.
 *
 * It works with nginx's `auth_request`, Traefik's ForwardAuth and Caddy's `forward_auth`. It
 * answers only 200 with the identity headers, 401 or 403, because nginx turns all other statuses
 * into 500. For proxies that can rewrite, `X-WC-Uri` is the canonical URI (protocol 3.0) without
 * the secrets in its query, and `X-WC-Query` is that query.
 */
export function forwardAuth(dependencies: ForwardAuthDependencies): RequestListener {
  const { keys, storeUrl, visitorOf, errors } = dependencies;
  return (request, response) => {
    // A proxy may send the body of the original request. It is discarded.
    request.resume();
    verify(request).then(
      (headers) => {
        response.writeHead(200, { 'Cache-Control': 'no-store', 'Content-Length': 0, ...headers }).end();
      },
      (error: unknown) => {
        errors.sendToProxy(response, errors.report(error, request, response));
      },
    );
  };

  async function verify(request: IncomingMessage): Promise<Record<string, string>> {
    if (asksForUpgrade(request)) throw noUpgrade();
    if (hasUnreadableCoding(request)) throw noCoding();
    const original = originalRequest(request, visitorOf(request));
    const route = storeRoute(original.target, storeUrl.basePath);
    const address = restAddress(route);
    if (leavesTheApi(address?.path ?? route.path)) throw pathRejected('The path leads to another address.');
    const key = await restAccess(keys, original, address);
    const whole = address ? address.base + address.path + address.query : original.target;
    const target = key?.resources ? withoutEmbedded(whole) : whole;
    const uri = withoutCredentials(target);
    // Some proxies remove the credential by text and would also change the path (Caddy's `uri
    // replace` does).
    if (uri !== target && [route.path, address?.path ?? ''].some(namesCredential))
      throw pathRejected('The path contains the name of a credential.');
    const mark = uri.indexOf('?');
    return {
      ...(key ? identityHeaders(key) : ANONYMOUS),
      'X-WC-Uri': uri,
      'X-WC-Query': mark < 0 ? '' : uri.slice(mark + 1),
    };
  }
}

/**
 * Returns whether the request asks for an upgrade. After the API's 101 the proxy would tunnel all
 * further traffic unverified (RFC 9110 section 7.8).
 */
function asksForUpgrade({ headers }: IncomingMessage): boolean {
  return (
    headers.upgrade !== undefined ||
    headers['http2-settings'] !== undefined ||
    /(?:^|,)\s*(?:upgrade|http2-settings)\s*(?:,|$)/i.test(headers.connection ?? '')
  );
}

/**
 * Empty identity headers. If a header is missing, Caddy 2.6 passes on the name of its own
 * placeholder instead.
 */
const ANONYMOUS = Object.fromEntries(IDENTITY_HEADERS.map((name) => [name, '']));

/**
 * Returns the original request, as the proxy describes it in its headers. Without such headers,
 * returns the request itself.
 *
 * The headers count only from a proxy named in TRUST_PROXY. If another peer sends them, the request
 * fails: otherwise a proxy that is missing from TRUST_PROXY would have the method and path of its
 * own subrequest checked, not the client's.
 *
 * @throws RestError 403 if the proxy is not trusted, or its headers are incomplete or contradict
 * each other
 */
function originalRequest(request: IncomingMessage, visitor: Visitor): AuthRequest {
  const own = authRequestOf(request, visitor, undefined);
  const method = agreed(request, ['x-forwarded-method', 'x-original-method']);
  const target = agreed(request, ['x-forwarded-uri', 'x-original-uri', 'x-original-url']);
  if (method === undefined && target === undefined) return own;
  if (!visitor.behindProxy) throw misconfigured('The proxy is not named in TRUST_PROXY.');
  if (method === undefined || target === undefined)
    throw misconfigured('The proxy must send the method and the URI of the original request.');
  // nginx's `X-Original-URL` is a whole URL.
  return { ...own, method, target: originForm(target) };
}

/**
 * Returns the value of a header that proxies send under different names, or `undefined`.
 * @throws RestError 403 if two names have different values, because one of them then comes from the
 * client
 */
function agreed({ headers }: IncomingMessage, names: readonly string[]): string | undefined {
  let agreedOn: string | undefined;
  for (const name of names) {
    // Node joins repeated headers of these names into one string.
    const value = headers[name] as string | undefined;
    if (value === undefined) continue;
    if (agreedOn !== undefined && agreedOn !== value)
      throw misconfigured(`The headers ${names.join(', ')} contradict each other.`);
    agreedOn = value;
  }
  return agreedOn;
}

const noCoding = () =>
  new RestError(
    403,
    'wc_auth_coding_refused',
    'A body for this API must have no Transfer-Encoding other than chunked.',
  );
const noUpgrade = () =>
  new RestError(403, 'wc_auth_upgrade_refused', 'A request to this API may not ask for an upgrade.');
const pathRejected = (message: string) => new RestError(403, 'wc_auth_path_refused', message);
const misconfigured = (message: string) => new RestError(403, 'wc_auth_proxy_misconfigured', message);
