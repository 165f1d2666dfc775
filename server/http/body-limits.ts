import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';

/** The largest body of a page's form and of a revocation, in bytes. */
export const BODY_MAX = 16 * 1024;

/**
 * How long a body that this server reads itself may take to arrive, in milliseconds. Such bodies
 * are forms of up to 16 KiB and signed forms of up to 256 KiB.
 */
export const BODY_WITHIN_MS = 15_000;

/**
 * How long the rest of a body is read and discarded after its request was answered, in
 * milliseconds. A client that is still sending does not see the answer on a closed connection.
 * After this time the connection is cut.
 */
const LINGER_MS = 5_000;

/** Returns whether the request has a body, even an empty one (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/**
 * Cuts off a body that does not end once its request is answered. Leaves a body alone that another
 * reader consumes.
 */
export function cutOffEndlessBody(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  response.once('finish', () => {
    if (request.complete || request.listenerCount('data') > 0) return;
    request.resume();
    endAfter(LINGER_MS, request, () => request.socket.destroy());
  });
}

/** Answers 408 and closes the connection if the body does not arrive within `BODY_WITHIN_MS`. */
export function cutOffSlowBody(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  endAfter(BODY_WITHIN_MS, request, () => {
    if (request.complete || response.headersSent) return;
    response.writeHead(408, { Connection: 'close', 'Content-Length': 0 }).end();
  });
}

/**
 * Wraps a body parser of Express so that a body larger than `limit` bytes fails at once. The parser
 * alone reads the whole body first, so a body that never ends would never get an answer.
 */
export function rejectWhenTooLarge(parse: RequestHandler, limit: number): RequestHandler {
  return (request, response, next) => {
    let size = 0;
    const done = { yet: false };
    const settle = (error?: unknown) => {
      if (done.yet) return;
      done.yet = true;
      request.off('data', count);
      next(error);
    };
    const count = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) settle(tooLarge());
    };
    void parse(request, response, settle);
    if (done.yet) return;
    // The parser already listens, so a second listener cannot consume chunks before it.
    if (Number(request.headers['content-length']) > limit) settle(tooLarge());
    else request.on('data', count);
  };
}

// Has the properties of the parsers' own errors.
const tooLarge = () => Object.assign(new Error('The body is too large.'), { status: 413, expose: true });

function endAfter(milliseconds: number, request: IncomingMessage, end: () => void): void {
  const timer = setTimeout(end, milliseconds).unref();
  const stop = () => {
    clearTimeout(timer);
  };
  request.once('end', stop).once('close', stop);
}
