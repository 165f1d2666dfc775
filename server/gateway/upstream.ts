import http, { type ClientRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import { Readable } from 'node:stream';
import { createProxyServer } from 'http-proxy-3';
import type { ReportFailure } from '../errors/failure-log';
import { RestError } from '../errors/http-errors';
import { sendRestError } from '../errors/rest';
import type { StoreUrl } from '../http/store-url';
import { guardAnswer } from './guard-answer';
import { dropHopByHop } from './upstream-headers';

export interface UpstreamDependencies {
  readonly url: string;
  readonly storeUrl: StoreUrl;
  readonly reportFailure: ReportFailure;
  /** An upstream that says nothing for this many milliseconds has failed. */
  readonly timeoutMs?: number;
}

/** A verified request as the API behind this server is to see it. */
export interface PassedOn {
  /** Path and query, without credentials. */
  readonly target: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  /** The body, when it was read already; else it streams. */
  readonly form: Buffer | undefined;
}

interface Passing {
  readonly to: PassedOn;
  readonly fail: (error: Error) => void;
  outgoing?: ClientRequest;
}

// On the request itself: a WeakMap would keep each alive until the next full collection.
const PASSING = Symbol('passing');
type PassedRequest = IncomingMessage & { [PASSING]?: Passing };

const passingOf = (request: IncomingMessage): Passing | undefined => (request as PassedRequest)[PASSING];

const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** UPSTREAM_URL: hands requests on, streaming both ways, and answers 502 when it does not answer. */
export function upstream({ url, storeUrl, reportFailure, timeoutMs = 120_000 }: UpstreamDependencies) {
  const agent = new (url.startsWith('https:') ? https : http).Agent({ keepAlive: true });
  const proxy = createProxyServer({
    target: url,
    changeOrigin: true,
    // The target as it is: http-proxy-3 would resolve `/wp-json/../admin`, which nobody has checked.
    toProxy: true,
    proxyTimeout: timeoutMs,
    // PHP clients look up `X-WP-Total` by that spelling (protocol 3.4).
    preserveHeaderKeyCase: true,
  });

  proxy.on('start', (request) => {
    // Before this, http-proxy-3 has declared each chunked DELETE and OPTIONS to be empty and then sends the body all the
    // same: the upstream would take it for the next request, which nobody has checked.
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
    // HTTP/1.0 knows no chunks, so there a body of unknown length ends with the connection.
    const endless = request.httpVersion === '1.0' && answer.headers['content-length'] === undefined;
    answer.headers.connection = response.shouldKeepAlive && !endless ? 'keep-alive' : 'close';
    if ((answer.statusCode ?? 0) < 200) answer.statusCode = 502;
    // Cut off in the middle: the client has to see that, and not to wait for the rest.
    answer.once('close', () => {
      if (!answer.complete) response.destroy();
    });
    // Answered before all of the upload was read: what is left must not block the client's connection.
    response.once('finish', () => {
      if (request.complete) return;
      throwAway(request);
      passingOf(request)?.outgoing?.destroy();
    });
  });

  function pass(
    request: IncomingMessage,
    response: ServerResponse,
    to: PassedOn,
    connection: { agent?: http.Agent } = { agent },
  ): void {
    const passing: Passing = { to, fail };
    (request as PassedRequest)[PASSING] = passing;
    request.url = to.target;
    const buffer = to.form && { buffer: Readable.from([to.form]) };
    proxy.web(request, response, { ...connection, ...buffer }, fail);

    function fail(error: Error): void {
      // The answer is on its way; whether it is whole is seen at its end.
      if (response.headersSent) return;
      if (passing.outgoing?.reusedSocket && mayRepeat(request, to)) {
        pass(request, response, to, {});
        return;
      }
      reportFailure(error, request, response);
      throwAway(request);
      const message = 'The API behind this store does not answer.';
      sendRestError(response, new RestError(502, 'bad_gateway', message), storeUrl);
    }
  }

  return {
    pass: (request: IncomingMessage, response: ServerResponse, to: PassedOn) => {
      pass(request, response, to);
    },
    close: () => {
      agent.destroy();
    },
  };
}

// A kept connection may be closed by the upstream at the very moment in which it is used again (RFC 9112 section 9.3.1).
function mayRepeat({ method = '' }: IncomingMessage, { headers }: PassedOn): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers;
  return REPEATABLE.has(method) && length === '0' && encoding === undefined;
}

function throwAway(request: IncomingMessage): void {
  request.unpipe();
  request.resume();
}
