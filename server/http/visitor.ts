import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import proxyAddr from 'proxy-addr';

/** Where a request really came from, once it is settled which proxies may speak for others. */
export interface Visitor {
  /** The client's address; the proxy's own word for it only where TRUST_PROXY names the proxy. */
  readonly address: string;
  /** Whether the client spoke TLS, to this server or to a trusted proxy. */
  readonly secure: boolean;
  /** The host the client named. */
  readonly host: string | undefined;
  /** Whether whoever connected is a proxy that may speak for others. */
  readonly behindProxy: boolean;
}

export type VisitorOf = (request: IncomingMessage) => Visitor;

export function visitorReader({ trustsProxy }: { trustsProxy: (address: string) => boolean }): VisitorOf {
  // Asked once a connection: taking an address apart costs as much as the rest of this together.
  const trusted = new WeakMap<Socket, boolean>();
  const isTrusted = (socket: Socket, peer: string): boolean => {
    const known = trusted.get(socket);
    if (known !== undefined) return known;
    const asked = peer !== '' && trustsProxy(peer);
    trusted.set(socket, asked);
    return asked;
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

/** The first of a comma list: what the proxy nearest to the client wrote. */
function first(header: string | string[] | undefined): string | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
  return value === '' ? undefined : value;
}
