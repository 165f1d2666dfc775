import { isIP } from 'node:net';
import type { DeliveryFailure, TlsProblem } from '../callback-delivery/delivery-failure';
import { nonPublicRange } from '../callback-delivery/non-public-range';
import type { StoreUrl } from '../http/store-url';
import { parseUrl } from '../http/parse-url';
import { PROBE_PATH } from '../probe/probe-endpoint';
import { problem, type Finding } from './finding';
import type { HttpAnswer, HttpOutcome } from './http-get';

/** What is known besides the missing answer. */
export interface Unanswered {
  readonly storeUrl: StoreUrl;
  /** Where the server listens, according to HOST and PORT. */
  readonly local: string;
  /** Whether the server answers a probe there. */
  readonly answersLocally: boolean;
  /** What `/readyz` says at STORE_URL, if a wc-auth-server answers there. */
  readonly readiness: string | undefined;
}

/** Says why the probe got no view of the server, and what to change. */
export function describeUnanswered(outcome: HttpOutcome, known: Unanswered): Finding {
  if ('answer' in outcome) return describeAnswer(outcome.answer, known);
  const { failure, names } = outcome;
  return failure.kind === 'tls'
    ? describeCertificate(failure.problem, names, known.storeUrl)
    : problem('server', unreachable(failure, new URL(known.storeUrl.href).host), fixFor(failure, known));
}

function describeCertificate(found: TlsProblem, names: string | undefined, storeUrl: StoreUrl): Finding {
  const { hostname } = new URL(storeUrl.href);
  const [detail, fix] = {
    expired: ['The certificate has expired.', `Renew the certificate of ${hostname}, and reload the proxy.`],
    'not-yet-valid': ['The certificate is not valid yet.', 'Check the clock: sudo timedatectl set-ntp true'],
    'self-signed': [
      'The certificate is self-signed, so apps and browsers reject it.',
      isLocal(hostname)
        ? `No public authority issues a certificate for ${hostname}. Let Node and the browsers trust this one:\nNODE_EXTRA_CA_CERTS=/path/to/certificate.pem npx wc-auth doctor`
        : `Use a certificate of a public authority, such as Let's Encrypt, for ${hostname}.`,
    ],
    'unknown-authority': [
      'The certificate comes from an unknown authority, or its chain is not complete.',
      'Configure the whole chain (fullchain.pem). For a private authority: NODE_EXTRA_CA_CERTS=/path/to/ca.pem',
    ],
    'wrong-name': [
      `The certificate is for ${names ?? 'another host'}, not for ${hostname}.`,
      `Use a certificate for ${hostname}, or change STORE_URL.`,
    ],
    handshake: [`The server at ${hostname} does not speak TLS on this port.`, 'nginx: listen 443 ssl;'],
  }[found] as [string, string];
  return problem('certificate', detail, fix);
}

/** Returns whether a host is of this network only, by its address or its name (RFC 6761, RFC 6762). */
function isLocal(hostname: string): boolean {
  const address = hostname.replace(/^\[|\]$/g, '');
  return isIP(address) === 0
    ? /^[^.]+$|\.(?:localhost|local|internal|test|home\.arpa)$/.test(hostname)
    : nonPublicRange(address) !== undefined;
}

function unreachable(failure: DeliveryFailure, host: string): string {
  switch (failure.kind) {
    case 'dns':
      return `The name in STORE_URL cannot be found (${host}).`;
    case 'refused':
      return `No server listens at ${host}.`;
    case 'timeout':
      return `${host} does not answer within ${Math.round(failure.afterMs / 1000)} seconds.`;
    case 'closed':
      return `${host} closes the connection without an answer.`;
    case 'not-http':
      return `${host} does not answer with HTTP.`;
    default:
      return `${host} cannot be reached${'code' in failure ? ` (${failure.code})` : ''}.`;
  }
}

function fixFor({ kind }: DeliveryFailure, { storeUrl, local, answersLocally }: Unanswered): string {
  if (kind === 'dns')
    return `Create the DNS record of ${new URL(storeUrl.href).hostname}, or change STORE_URL.`;
  if (!answersLocally) return 'Start the server, for example with: npx wc-auth serve';
  return kind === 'refused'
    ? `The server itself answers at ${local}. Start the proxy in front of it.`
    : `The server itself answers at ${local}. Check the proxy and the firewall in front of it.`;
}

function describeAnswer({ status, headers }: HttpAnswer, known: Unanswered): Finding {
  const { storeUrl, local, answersLocally, readiness } = known;
  const redirected = status >= 300 && status < 400 ? redirectedStore(headers.location, storeUrl) : undefined;
  if (redirected !== undefined && redirected !== storeUrl.href)
    return problem('server', `${storeUrl.href} redirects to ${redirected}.`, `STORE_URL=${redirected}`);
  const passOn = `proxy_pass ${local};`;
  if ([502, 503, 504].includes(status))
    return problem(
      'server',
      `The proxy answers with status ${status}, because it does not reach the server.`,
      answersLocally ? passOn : 'Start the server, for example with: npx wc-auth serve',
    );
  if (answersLocally && readiness !== undefined)
    return problem(
      'server',
      'The proxy does not pass on Authorization, so no key works.',
      'proxy_set_header Authorization $http_authorization;',
    );
  if (answersLocally)
    return problem(
      'server',
      `The server answers at ${local}, but another one answers at ${storeUrl.href} (status ${status}).`,
      `location / { ${passOn} }`,
    );
  return readiness === undefined
    ? problem(
        'server',
        `Another server answers at ${storeUrl.href} (status ${status}), or an older version of this one.`,
        `Let the proxy pass requests to wc-auth-server (${passOn}), or change STORE_URL.`,
      )
    : problem(
        'server',
        `The wc-auth-server at ${storeUrl.href} does not recognize the probe, because it has another SECRET_KEY or STORE_URL, or because the proxy does not pass on Authorization.${readiness === 'ok' ? '' : ` It is not ready either (${readiness}).`}`,
        'Run this command with the settings of the server, or restart the server with these.\nproxy_set_header Authorization $http_authorization;',
      );
}

/** Returns the store's URL to which a redirect of the probe leads. */
function redirectedStore(location: string | undefined, storeUrl: StoreUrl): string | undefined {
  const url = location === undefined ? undefined : parseUrl(location, storeUrl.href);
  if (!url?.pathname.endsWith(PROBE_PATH)) return undefined;
  return url.origin + url.pathname.slice(0, -PROBE_PATH.length);
}
