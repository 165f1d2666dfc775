import net from 'node:net';
import tls from 'node:tls';
import { testCertificates } from './certificates';

/**
 * An answer as it was on the wire, so that no library between a test and the server repairs either
 * side.
 */
export interface RawAnswer {
  readonly status: number;
  /** Names in lower case. The values of a repeated name are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly text: string;
  json(): { code: string; message: string; data: Record<string, unknown> };
}

/**
 * Opens a socket to `http(s)://host:port`. An error of the socket does not fail a test, which
 * checks what arrived.
 */
export function connect(base: string): net.Socket {
  const { protocol, hostname, port } = new URL(base);
  const where = { host: hostname, port: Number(port) };
  const socket =
    protocol === 'https:'
      ? tls.connect({ ...where, ca: testCertificates().ca, servername: 'localhost' })
      : net.connect(where);
  return socket.on('error', () => undefined);
}

/** Sends these bytes and reads until the server closes. Ask for that with `Connection: close`. */
export async function exchange(base: string, request: string | Buffer): Promise<RawAnswer> {
  const socket = connect(base);
  socket.write(typeof request === 'string' ? Buffer.from(request, 'latin1') : request);
  return parseAnswer(await untilClosed(socket));
}

export async function untilClosed(socket: net.Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks);
}

/**
 * Returns the bytes of a request. Adds `Host`, `Connection: close` and the length of a body if they
 * are missing.
 */
export function requestBytes(
  method: string,
  target: string,
  headers: readonly (readonly [string, string])[] = [],
  body: string | Buffer = '',
): Buffer {
  const has = (name: string) => headers.some(([other]) => other.toLowerCase() === name);
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const all = [
    ...(has('host') ? [] : [['Host', 'store.test']]),
    ...headers,
    ...(has('connection') ? [] : [['Connection', 'close']]),
    ...(bytes.length === 0 || has('content-length') || has('transfer-encoding')
      ? []
      : [['Content-Length', String(bytes.length)]]),
  ];
  const head = `${method} ${target} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

/** Parses the one answer in these bytes. Skips interim answers. */
export function parseAnswer(bytes: Buffer): RawAnswer {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) throw new Error(`no answer but ${bytes.length} bytes: ${bytes.toString('latin1')}`);
  const [first = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\r\n');
  const status = Number(first.split(' ')[1]);
  if (status < 200) return parseAnswer(bytes.subarray(end + 4));
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    headers[name] = name in headers ? `${headers[name]}, ${value}` : value;
  }
  const rest = bytes.subarray(end + 4);
  const body = /chunked/i.test(headers['transfer-encoding'] ?? '') ? unchunk(rest) : rest;
  const text = body.toString('utf8');
  return { status, headers, body, text, json: () => JSON.parse(text) as ReturnType<RawAnswer['json']> };
}

function unchunk(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const line = bytes.indexOf('\r\n', at);
    const size = line < 0 ? 0 : parseInt(bytes.subarray(at, line).toString('latin1'), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(line + 2, line + 2 + size));
    at = line + 2 + size + 2;
  }
}
