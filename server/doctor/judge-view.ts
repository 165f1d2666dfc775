import { nonPublicRange } from '../callback-delivery/non-public-range';
import type { StoreUrl } from '../http/store-url';
import type { ServerView } from '../probe/server-view';
import { ok, problem, type Finding } from './finding';

/** How the server saw a probe, and what it should have seen. */
export interface Seen {
  readonly view: ServerView;
  readonly storeUrl: StoreUrl;
  /** The port from which the probe left this machine. */
  readonly localPort: number | undefined;
  /** TRUST_PROXY as it is set for this command. */
  readonly trustProxy: string;
  readonly trustsProxy: (address: string) => boolean;
}

/** Returns how the server can be made to trust this proxy too. */
const trusting = (address: string, { trustProxy, trustsProxy }: Seen): string =>
  trustsProxy(address)
    ? 'Restart the server. It was started with another TRUST_PROXY than this command.'
    : `TRUST_PROXY=${[trustProxy.trim(), plain(address)].filter(Boolean).join(',')}`;

/**
 * Returns an IPv4 address without the form `::ffff:10.0.0.1` of a socket for both versions of IP.
 */
export const plain = (address: string): string => address.replace(/^::ffff:(?=[\d.]+$)/, '');

/** Returns whether a proxy stands between this machine and the server. */
export function isProxied({ view: { peer, forwarded }, storeUrl, localPort }: Seen): boolean {
  if (storeUrl.secure && !peer.encrypted) return true;
  if (Object.values(forwarded).some((value) => value !== null)) return true;
  // A proxy without any header. Network address translation changes ports too, but the address of
  // a client that comes from the internet stays public.
  return peer.port !== localPort && nonPublicRange(plain(peer.address)) !== undefined;
}

/** Returns whether the server sees the scheme of STORE_URL, and how to fix it. */
export function judgeScheme(seen: Seen): Finding {
  const { view, storeUrl } = seen;
  const { peer, forwarded } = view;
  if ((view.scheme === 'https') === storeUrl.secure)
    return ok('scheme', `The server sees ${view.scheme}, as in STORE_URL.`);
  const header = 'proxy_set_header X-Forwarded-Proto $scheme;';
  if (!storeUrl.secure)
    return problem(
      'scheme',
      'STORE_URL starts with http://, but the proxy says that clients use https.',
      `STORE_URL=${storeUrl.href.replace('http:', 'https:')}`,
    );
  const consequence = 'The server sees http although STORE_URL is https, so pages redirect without end.';
  if (!peer.trusted)
    return problem(
      'scheme',
      `${consequence} TRUST_PROXY does not name the proxy${forwarded.proto === null ? ', and it sends no X-Forwarded-Proto' : ''}.`,
      [trusting(peer.address, seen), ...(forwarded.proto === null ? [header] : [])].join('\n'),
    );
  return forwarded.proto === null
    ? problem('scheme', `${consequence} The proxy sends no X-Forwarded-Proto.`, header)
    : problem(
        'scheme',
        `${consequence} The proxy itself is reached over http, so another proxy in front of it ends TLS.`,
        'proxy_set_header X-Forwarded-Proto https;',
      );
}

/** Returns whether the server sees the host of STORE_URL, and how to fix it. */
export function judgeHost(seen: Seen): Finding {
  const { view, storeUrl } = seen;
  const expected = new URL(storeUrl.href).host;
  const port = storeUrl.secure ? /:443$/ : /:80$/;
  const host = view.host?.toLowerCase().replace(port, '');
  if (host === expected) return ok('host', `The server sees ${host}, as in STORE_URL.`);
  const wrong = `The server sees the host ${view.host ?? 'of no header'} instead of ${expected}, so signatures of apps fail.`;
  const { peer, forwarded } = view;
  if (!peer.trusted && forwarded.host?.toLowerCase() === expected)
    return problem('host', `${wrong} TRUST_PROXY does not name the proxy.`, trusting(peer.address, seen));
  return peer.trusted && forwarded.host !== null
    ? problem(
        'host',
        `${wrong} It comes from X-Forwarded-Host.`,
        'proxy_set_header X-Forwarded-Host $http_host;',
      )
    : problem('host', wrong, 'proxy_set_header Host $http_host;');
}

/** Returns whether the server sees the address of its client, and how to fix it. */
export function judgeAddress(seen: Seen): Finding {
  const { view } = seen;
  const { address, peer, forwarded } = view;
  if (!isProxied(seen)) return ok('client_address', `The server sees ${plain(address)}, without a proxy.`);
  const consequence = 'Limits and the history then treat all clients as one.';
  const chain = listed(forwarded.for);
  const causes = [
    ...(peer.trusted ? [] : ['TRUST_PROXY does not name it']),
    ...(chain.length > 0 ? [] : ['it sends no X-Forwarded-For']),
  ];
  if (causes.length > 0)
    return problem(
      'client_address',
      `The server takes the proxy ${plain(peer.address)} for the client, because ${causes.join(' and ')}. ${consequence}`,
      [
        ...(peer.trusted ? [] : [trusting(peer.address, seen)]),
        ...(chain.length > 0 ? [] : ['proxy_set_header X-Forwarded-For $remote_addr;']),
      ].join('\n'),
    );
  return chain[0] === address
    ? ok('client_address', `The server sees ${plain(address)}, through the proxy ${plain(peer.address)}.`)
    : problem(
        'client_address',
        `The server takes ${plain(address)} for the client, but it is another proxy. ${consequence}`,
        trusting(address, seen),
      );
}

/** Returns the addresses in `X-Forwarded-For`, the client first. */
export const listed = (header: string | null): string[] =>
  (header ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter(Boolean);
