import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { testCertificates, type CertificateKind } from './certificates';

/** A request as it arrived. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly httpVersion: string;
  /** The host name of the TLS handshake (SNI), or none for an address. */
  readonly serverName: string | undefined;
  /** Names and values in turn, as on the wire. */
  readonly rawHeaders: readonly string[];
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The app's reaction to a request. By default it answers 200 with an empty body. */
export interface Behavior {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /**
   * Awaited after the request has arrived and before the answer, for an app that uses its key at
   * once.
   */
  readonly before?: (received: Received) => unknown;
  readonly delayMs?: number;
  /**
   * `hang` never answers. `hang-body` sends headers and half a body, then nothing. `half` does the
   * same, then closes. `slow-body` sends a byte every 20 ms without end. `endless` sends as much as
   * the connection takes. `garbage` is not HTTP. `early-hints` sends a 103 before the answer.
   */
  readonly mode?:
    | 'answer'
    | 'reset'
    | 'close'
    | 'hang'
    | 'hang-body'
    | 'half'
    | 'slow-body'
    | 'endless'
    | 'garbage'
    | 'early-hints';
}

export interface HttpsReceiver {
  readonly port: number;
  /** `https://localhost:PORT/path` */
  url(path?: string, host?: string): string;
  /** Sets the behavior at this path, or at every other path. */
  program(behavior: Behavior, path?: string): void;
  /** Returns the requests so far, or those to one path (without its query). */
  received(path?: string): readonly Received[];
  /** Returns the number of TCP connections so far, with or without a request. */
  connections(): number;
  /** Returns how many bytes an `endless` answer has sent. */
  bytesSent(): number;
  /** Forgets behaviors and requests. */
  clear(): void;
  stop(): Promise<void>;
}

/** Starts an app's callback server on 127.0.0.1, with TLS from the tests' private authority. */
export async function startHttpsReceiver({
  certificate = 'app',
  port = 0,
}: { certificate?: CertificateKind; port?: number } = {}): Promise<HttpsReceiver> {
  const programs = new Map<string | undefined, Behavior>();
  let log: Received[] = [];
  let connections = 0;
  let bytesSent = 0;
  const open = new Set<Socket>();

  const server = createServer(testCertificates()[certificate], (request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => undefined);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const received = await read(request);
    log.push(received);
    const behavior = programs.get(pathOf(received.path)) ?? programs.get(undefined) ?? {};
    await behavior.before?.(received);
    if (behavior.delayMs !== undefined) await wait(behavior.delayMs);
    await play(behavior, request, response);
  }

  async function play(behavior: Behavior, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { mode = 'answer', status = 200, headers = {}, body = '' } = behavior;
    switch (mode) {
      case 'hang':
        return;
      case 'reset':
        reset(request.socket);
        return;
      case 'close':
        request.socket.destroy();
        return;
      case 'garbage':
        request.socket.end('hello, this is not HTTP\r\n\r\n');
        return;
      case 'early-hints':
        response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
        break;
      case 'hang-body':
      case 'half':
        response.writeHead(status, { 'content-length': '100', ...headers });
        response.write('part');
        await wait(50);
        if (mode === 'half') request.socket.destroy();
        return;
      case 'slow-body':
      case 'endless':
        response.writeHead(status, headers);
        while (!response.destroyed) await send(response, mode);
        return;
    }
    response.writeHead(status, headers);
    response.end(body);
  }

  async function send(response: ServerResponse, mode: 'slow-body' | 'endless'): Promise<void> {
    const chunk = Buffer.alloc(mode === 'endless' ? 16_384 : 1, 'x');
    bytesSent += chunk.length;
    const full = !response.write(chunk);
    if (mode === 'slow-body') await wait(20);
    else if (full) await Promise.race([once(response, 'drain'), once(response, 'close')]);
  }

  // The TLS socket cannot send a reset itself, but the TCP socket below it can.
  function reset(socket: Socket): void {
    for (const raw of open) if (raw.remotePort === socket.remotePort) raw.resetAndDestroy();
  }

  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const bound = (server.address() as AddressInfo).port;

  return {
    port: bound,
    url: (path = '/cb', host = 'localhost') => `https://${host}:${bound}${path}`,
    program: (behavior, path) => void programs.set(path, behavior),
    received: (path) => log.filter((entry) => path === undefined || pathOf(entry.path) === path),
    connections: () => connections,
    bytesSent: () => bytesSent,
    clear() {
      programs.clear();
      log = [];
    },
    async stop() {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const pathOf = (target: string) => target.split('?')[0] ?? '';

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    httpVersion: request.httpVersion,
    serverName: serverNameOf(request.socket),
    rawHeaders: request.rawHeaders,
    headers: request.headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
}

// The name is `false` if the handshake named none.
function serverNameOf(socket: Socket): string | undefined {
  const name = 'servername' in socket ? socket.servername : undefined;
  return typeof name === 'string' ? name : undefined;
}
