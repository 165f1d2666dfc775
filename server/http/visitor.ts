import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import proxyAddr from 'proxy-addr';

/**
 * The client that sent a request. `X-Forwarded-*` counts only from proxies named in TRUST_PROXY.
 */
export interface Visitor {
  /**
   * The client's address, taken from `X-Forwarded-For` if TRUST_PROXY names the proxy that sent it.
   */
  readonly address: string;
  /** Whether the client used TLS to reach this server or the trusted proxy. */
  readonly secure: boolean;
  /** The host that the client requested. */
  readonly host: string | undefined;
  /** Whether the connection comes from a trusted proxy. */
  readonly behindProxy: boolean;
}

export type VisitorOf = (request: IncomingMessage) => Visitor;

/**
 * Returns a function that reads the visitor of a request. `trustsProxy` tells whether an address is
 * a trusted proxy's.
 */
export function visitorReader({ trustsProxy }: { trustsProxy: (address: string) => boolean }): VisitorOf {
  // Decided once per connection, because parsing an address costs as much as all other steps
  // together.
  const trusted = new WeakMap<Socket, boolean>();
  const isTrusted = (socket: Socket, peer: string): boolean => {
    const known = trusted.get(socket);
    if (known !== undefined) return known;
    const decided = peer !== '' && trustsProxy(peer);
    trusted.set(socket, decided);
    return decided;
  };
  return (request) => {
    const { headers, socket } = request;
    const peer = socket.remoteAddress ?? '';
    const encrypted = socket instanceof TLSSocket;
    if (!isTrusted(socket, peer))
      return { address: peer, secure: encrypted, host: headers.host, behindProxy: false };
    const proto = first(headers['x-forwarded-proto']);
    return {
      address: headers['x-forwarded-for'] === undefined ? peer : proxyAddr(request, trustsProxy),
      secure: proto === undefined ? encrypted : proto.toLowerCase() === 'https',
      host: first(headers['x-forwarded-host']) ?? headers.host,
      behindProxy: true,
    };
  };
}

/**
 * Returns the first entry of a comma-separated header, which the proxy nearest to the client wrote.
 */
function first(header: string | string[] | undefined): string | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
  return value === '' ? undefined : value;
}
