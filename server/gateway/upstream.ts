import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { RestError } from '../errors/http-errors';
import type { RestErrors } from '../errors/rest';
import type { StoreUrl } from '../http/store-url';
import { guardAnswer } from './guard-answer';
import { dropHopByHop } from './upstream-headers';

export interface UpstreamDependencies {
  readonly url: string;
  readonly storeUrl: StoreUrl;
  readonly errors: RestErrors;
  /** The upstream counts as failed after this many milliseconds of silence. */
  readonly timeoutMs?: number;
}

/** A verified request as the API behind this server receives it. */
export interface UpstreamRequest {
  /** Path and query, without credentials. */
  readonly target: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** The body, if it was already read. Otherwise it streams. */
  readonly form: Buffer | undefined;
}

/** The state of one request while it is passed on. */
interface Passing {
  readonly to: UpstreamRequest;
  /** Answers with an error, or tries again. */
  readonly fail: (error: Error) => void;
  outgoing?: ClientRequest;
}

// Kept on the request itself: a WeakMap would keep each request in memory until the next full
// garbage collection.
const PASSING = Symbol('passing');
type PassedRequest = IncomingMessage & { [PASSING]?: Passing };

const passingOf = (request: IncomingMessage): Passing | undefined => (request as PassedRequest)[PASSING];

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Returns a proxy to UPSTREAM_URL that streams in both directions. It answers 502 if the upstream
 * does not answer.
 */
export function upstream({ url, storeUrl, errors, timeoutMs = 120_000 }: UpstreamDependencies) {
  const agent = new (url.startsWith('https:') ? https : http).Agent({ keepAlive: true });
  // A server without UPSTREAM_URL starts without it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { createProxyServer } = require('http-proxy-3') as typeof import('http-proxy-3');
  const proxy = createProxyServer({
    target: url,
    changeOrigin: true,
    // Sends the target unchanged. http-proxy-3 would resolve `/wp-json/../admin` to a path that was
    // not checked.
    toProxy: true,
    proxyTimeout: timeoutMs,
    // PHP clients look up `X-WP-Total` by that spelling (protocol 3.4).
    preserveHeaderKeyCase: true,
  });

  proxy.on('start', (request) => {
    // http-proxy-3 has just set `Content-Length: 0` on a chunked DELETE or OPTIONS, and sends the
    // body all the same. The upstream would read that body as the next request, unverified.
    request.headers = { ...passingOf(request)?.to.headers };
  });
  proxy.on('proxyReq', (outgoing, request) => {
    const passing = passingOf(request);
    if (!passing) return;
    passing.outgoing = outgoing;
    outgoing.once('upgrade', (_answer, socket) => {
      socket.destroy();
      passing.fail(new Error('The API switched protocols without being asked to.'));
    });
  });
  proxy.on('proxyRes', (answer, request, response) => {
    dropHopByHop(answer.headers);
    guardAnswer(answer.headers, response, storeUrl);
    // HTTP/1.0 has no chunks, so a body of unknown length ends with the connection.
    const endless = request.httpVersion === '1.0' && answer.headers['content-length'] === undefined;
    answer.headers.connection = response.shouldKeepAlive && !endless ? 'keep-alive' : 'close';
    if ((answer.statusCode ?? 0) < 200) answer.statusCode = 502;
    // If the upstream ends early, cut the client's connection too, so that it does not wait for the
    // rest.
    answer.once('close', () => {
      if (!answer.complete) response.destroy();
    });
    // The upstream may answer before it has read the whole upload. The rest must not block the
    // client's connection.
    response.once('finish', () => {
      if (request.complete) return;
      discardBody(request);
      passingOf(request)?.outgoing?.destroy();
    });
  });

  function pass(
    request: IncomingMessage,
    response: ServerResponse,
    to: UpstreamRequest,
    connection: { agent?: http.Agent } = { agent },
  ): void {
    const passing: Passing = { to, fail };
    (request as PassedRequest)[PASSING] = passing;
    request.url = to.target;
    const buffer = to.form && { buffer: Readable.from([to.form]) };
    proxy.web(request, response, { ...connection, ...buffer }, fail);

    function fail(error: Error): void {
      // The response has begun. The `close` listener above handles its end.
      if (response.headersSent) return;
      if (passing.outgoing?.reusedSocket && mayRepeat(request, to)) {
        pass(request, response, to, {});
        return;
      }
      // The log prints the cause behind the message.
      errors.report(
        new Error('The API at UPSTREAM_URL does not answer', { cause: error }),
        request,
        response,
      );
      discardBody(request);
      const message = 'The API behind this store does not answer.';
      errors.send(response, new RestError(502, 'bad_gateway', message));
    }
  }

  return {
    pass: (request: IncomingMessage, response: ServerResponse, to: UpstreamRequest) => {
      pass(request, response, to);
    },
    close: () => {
      agent.destroy();
    },
  };
}

// The upstream may close an idle connection at the moment in which it is used again (RFC 9112
// section 9.3.1).
function mayRepeat({ method = '' }: IncomingMessage, { headers }: UpstreamRequest): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  return REPEATABLE.has(method) && length === '0' && encoding === undefined;
}

function discardBody(request: IncomingMessage): void {
  request.unpipe();
  request.resume();
}
