import http from 'node:http';
import { connect, parseAnswer, untilClosed } from '../support/http/raw-http';
import { bytesOf, type Ask } from './ask';

/** An answer, or the fact that there was none. */
export interface Reply {
  /** The status, or 0 if the connection was closed without an answer. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const NONE: Reply = { status: 0, headers: {}, text: '' };
/** Stands for the answer to a body that was too long to be read to its end. */
const UNREAD: Reply = { status: 413, headers: {}, text: '' };
/**
 * The server answers without reading a longer body, and may close the connection before its answer
 * is read.
 */
const BODY_READ = 16 * 1024;

/** How long the sender waits for the answer to a request that may be incomplete. */
const PATIENCE_MS = 150;

/** Sends a request over a new socket, byte for byte. */
export async function sendRaw(url: string, ask: Ask): Promise<Reply> {
  const socket = connect(url);
  socket.write(bytesOf(ask));
  if (ask.wire !== undefined) {
    const hangUp = setTimeout(() => void socket.end(), PATIENCE_MS);
    socket.once('close', () => {
      clearTimeout(hangUp);
    });
  }
  const bytes = withoutInterim(await untilClosed(socket));
  if (bytes.length === 0) return ask.body.length > BODY_READ ? UNREAD : NONE;
  const { status, headers, text } = parseAnswer(bytes);
  return { status, headers, text };
}

/** Skips `100 Continue`, which is not a final answer. */
function withoutInterim(bytes: Buffer): Buffer {
  if (!/^HTTP\/1\.1 1\d\d /.test(bytes.toString('latin1', 0, 13))) return bytes;
  return withoutInterim(bytes.subarray(bytes.indexOf('\r\n\r\n') + 4));
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });

/**
 * Sends a request with Node's client over a kept connection, or over a raw one if that client would
 * reject it.
 */
export function send(url: string, ask: Ask): Promise<Reply> {
  const { method, target, headers, body } = ask;
  const isSendable =
    ask.wire === undefined &&
    /^[\x21-\x7e]+$/.test(target) &&
    headers.every(([, value]) => !/[^\t\x20-\x7e\x80-\xff]/.test(value)) &&
    !headers.some(([name]) =>
      ['host', 'connection', 'expect', 'content-length'].includes(name.toLowerCase()),
    );
  if (!isSendable) return sendRaw(url, ask);
  const { hostname, port } = new URL(url);
  const length = body === '' ? [] : [['Content-Length', String(Buffer.byteLength(body, 'latin1'))]];
  const flat = [['Host', 'store.test'], ...headers, ...length].flat();
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, method, path: target, headers: flat, agent, maxHeaderSize: 512 * 1024 },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const received = Object.entries(response.headers).map(
            ([name, value]) => [name, String(value)] as const,
          );
          const text = Buffer.concat(chunks).toString('utf8');
          resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(received), text });
        });
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      if (body.length > BODY_READ && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')) resolve(UNREAD);
      else reject(error);
    });
    request.end(Buffer.from(body, 'latin1'));
  });
}

export function hangUp(): void {
  agent.destroy();
}
