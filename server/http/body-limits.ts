import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestHandler } from 'express';

/** The largest body of a page's form and of a revocation, in bytes. */
export const BODY_MAX = 16 * 1024;

/** How long bodies that this server reads itself may take, in milliseconds: forms of 16 KiB, signed forms of 256 KiB. */
export const BODY_WITHIN_MS = 15_000;

/**
 * A body goes on coming after its request was answered. It is read on and thrown away for a while, because a client that
 * is still sending would not see the answer on a closed connection; then the connection is cut.
 */
const LINGER_MS = 5_000;

const hasBody = ({ headers }: IncomingMessage) =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

/** Cuts off a body without an end, once its request is answered. One that is being passed on is its reader's affair. */
export function cutOffEndlessBody(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  response.once('finish', () => {
    if (request.complete || request.listenerCount('data') > 0) return;
    request.resume();
    endAfter(LINGER_MS, request, () => request.socket.destroy());
  });
}

/** Ends a request whose body is not there in time: 408, and the connection is closed. */
export function cutOffSlowBody(request: IncomingMessage, response: ServerResponse): void {
  if (!hasBody(request)) return;
  endAfter(BODY_WITHIN_MS, request, () => {
    if (request.complete || response.headersSent) return;
    response.writeHead(408, { Connection: 'close', 'Content-Length': 0 }).end();
  });
}

/**
 * A body parser of Express that answers at once when a body is larger than `limit`, in bytes. By itself it would read all
 * of it first, so that a body without an end would never be answered.
 */
export function refuseAtOnce(parse: RequestHandler, limit: number): RequestHandler {
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
    // The parser is listening by now, so another listener takes nothing away from it.
    if (Number(request.headers['content-length']) > limit) settle(tooLarge());
    else request.on('data', count);
  };
}

// In the form of the parsers' own errors.
const tooLarge = () => Object.assign(new Error('The body is too large.'), { status: 413, expose: true });

function endAfter(milliseconds: number, request: IncomingMessage, end: () => void): void {
  const timer = setTimeout(end, milliseconds).unref();
  const stop = () => {
    clearTimeout(timer);
  };
  request.once('end', stop).once('close', stop);
}
