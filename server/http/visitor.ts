import type { IncomingMessage } from 'node:http';
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
}

export type VisitorOf = (request: IncomingMessage) => Visitor;

export function visitorReader({ trustsProxy }: { trustsProxy: (address: string) => boolean }): VisitorOf {
  return (request) => {
    const peer = request.socket.remoteAddress ?? '';
    const encrypted = request.socket instanceof TLSSocket;
    if (peer === '' || !trustsProxy(peer))
      return { address: peer, secure: encrypted, host: request.headers.host };
    const proto = first(request.headers['x-forwarded-proto']);
    return {
      address: proxyAddr(request, trustsProxy),
      secure: proto === undefined ? encrypted : proto.toLowerCase() === 'https',
      host: first(request.headers['x-forwarded-host']) ?? request.headers.host,
    };
  };
}

/** The first of a comma list: what the proxy nearest to the client wrote. */
function first(header: string | string[] | undefined): string | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.split(',')[0]?.trim();
  return value === '' ? undefined : value;
}
