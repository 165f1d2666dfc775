import { once } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { testCertificates } from './certificates';

/** What a proxy changes. By default it does what docs/deployment.md configures. */
export interface HeaderProxyBehavior {
  /** Changes the headers of requests. `undefined` removes a header. */
  readonly request?: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders;
  /** Changes the headers of responses. */
  readonly response?: (headers: IncomingHttpHeaders) => OutgoingHttpHeaders;
}

/** A proxy on 127.0.0.1 that ends TLS, and whose headers a test controls. */
export interface HeaderProxy {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** Passes requests to this URL from now on. */
  target(url: string, behavior?: HeaderProxyBehavior): void;
  close(): Promise<void>;
}

export async function startHeaderProxy(): Promise<HeaderProxy> {
  let target = '';
  let behavior: HeaderProxyBehavior = {};
  const server = https.createServer(testCertificates().app, (request, response) => {
    const passed = http.request(
      new URL(request.url ?? '/', target),
      { method: request.method ?? 'GET', agent: false, headers: headersOf(request, behavior) },
      (answer) => {
        const headers = { ...answer.headers, ...behavior.response?.(answer.headers) };
        response.writeHead(answer.statusCode ?? 502, withoutUndefined(headers));
        answer.pipe(response);
      },
    );
    passed.on('error', () => response.writeHead(502).end());
    request.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    target(url, changed = {}) {
      target = url;
      behavior = changed;
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function headersOf({ headers, socket }: IncomingMessage, behavior: HeaderProxyBehavior) {
  return withoutUndefined({
    ...headers,
    'x-forwarded-for': socket.remoteAddress,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': headers.host,
    ...behavior.request?.(headers),
  });
}

const withoutUndefined = (headers: OutgoingHttpHeaders): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
