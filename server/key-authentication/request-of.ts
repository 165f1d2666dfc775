import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { RestError } from '../errors';
import type { Visitor } from '../http/visitor';
import type { AuthRequest } from './auth-request';

/** What verification needs of a request that came to this server itself. */
export function authRequestOf(
  request: IncomingMessage,
  visitor: Visitor,
  formBody: string | undefined,
): AuthRequest {
  return {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    host: visitor.host,
    secure: visitor.secure,
    address: visitor.address,
    authorization: request.headers.authorization,
    contentType: request.headers['content-type'],
    methodOverride: methodOverride(request.headers),
    formBody,
  };
}

// WordPress knows the first alone, but whoever answers behind this server may know the others.
const OVERRIDES = /^x[^a-z0-9](?:http[^a-z0-9]method(?:[^a-z0-9]override)?|method[^a-z0-9]override)$/;

/** In any spelling that CGI (`_`) or PHP (`.`) take for it. Two that differ are no method at all. */
function methodOverride(headers: IncomingHttpHeaders): string | undefined {
  let found: string | undefined;
  for (const name in headers) {
    if (!name.startsWith('x') || !OVERRIDES.test(name)) continue;
    const value = String(headers[name]);
    found = found === undefined || found === value ? value : `${found},${value}`;
  }
  return found;
}

/** Whether a body comes with the request, an empty one included (RFC 9112 section 6.3). */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/**
 * The largest form whose signature is looked at, in bytes. Taking one apart and signing it in both forms takes up to half
 * a microsecond a byte, and whoever has no key can ask for it.
 */
export const FORM_MAX = 256 * 1024;

/**
 * The whole body of a form. What is too large is read on and thrown away, for a client that is still sending would not
 * see the answer on a closed connection.
 * @throws RestError 413 for a form that is too large to be looked at; 400 when the client is gone.
 */
export function readFormBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const collect = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= FORM_MAX) return;
      chunks = [];
      request.off('data', collect).resume();
      reject(new RestError(413, 'rest_body_too_large', 'The form is larger than this server reads.'));
    };
    request.on('data', collect);
    request.once('end', () => {
      resolve(Buffer.concat(chunks));
    });
    request.once('close', () => {
      reject(new RestError(400, 'rest_body_cut_off', 'The body ended too early.'));
    });
  });
}
