import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type * as z from 'zod';
import { complaints } from './complaint';

/** An answer of the control API that is not a success. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly more: {
      readonly headers?: Readonly<Record<string, string>>;
      readonly fields?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message);
  }
}

const BODY_MAX = 64 * 1024;
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/**
 * Checks that a request is from a program on this machine that has the token. The host stops pages
 * of other sites that let their own name point to this machine (DNS rebinding).
 *
 * @throws ControlError 403 or 401
 */
export function expectController({ headers }: IncomingMessage, token: string): void {
  if (!LOOPBACK_HOST.test(headers.host ?? ''))
    throw new ControlError(
      403,
      'wrong_host',
      'The Host header must be localhost, 127.0.0.1 or [::1]. Call the control API at the address that the command printed.',
    );
  const [, presented] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
  if (presented !== undefined && isSame(presented, token)) return;
  const what = presented === undefined ? 'The token is missing' : 'The token is wrong';
  throw new ControlError(
    401,
    'wrong_token',
    `${what}. Send the header "Authorization: Bearer TOKEN" with the token that the command printed at its start.`,
    { headers: { 'WWW-Authenticate': 'Bearer realm="wc-auth emulator"' } },
  );
}

/** Compares in a time that tells nothing about the texts. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}

/**
 * Returns the JSON body of a request, checked.
 * @throws ControlError 400, 413 or 415, which says what to change
 */
export async function jsonBody<T>(request: IncomingMessage, shape: z.ZodType<T>): Promise<T> {
  const text = await bodyOf(request);
  // A page of another site could send other types without asking first.
  if (text !== '' && !/^application\/json(?:\s*;|\s*$)/i.test(request.headers['content-type'] ?? ''))
    throw new ControlError(415, 'not_json', 'The Content-Type header must be application/json.');
  const value = parsed(text);
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const problems = complaints(value, result.error.issues).map((complaint) => complaint.text);
  throw new ControlError(400, 'wrong_body', problems.join(' '));
}

function parsed(text: string): unknown {
  // No body is a body without members.
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ControlError(400, 'wrong_body', `The body is not valid JSON: ${(error as Error).message}.`);
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    // The rest is read and dropped, so that the client can read the answer.
    if (length <= BODY_MAX) chunks.push(chunk);
    else chunks.length = 0;
    if (length > 16 * BODY_MAX) break;
  }
  if (length > BODY_MAX)
    throw new ControlError(413, 'too_large', `The body must have at most ${BODY_MAX} bytes.`);
  return Buffer.concat(chunks).toString('utf8');
}
