import type { IncomingMessage } from 'node:http';

type WithRawBody = IncomingMessage & { rawBody?: Buffer };

/**
 * Keeps the raw bytes of a form for `requireConsumerKey`. Pass it to a body parser that runs
 * before: `express.urlencoded({ verify: keepRawBody })`. An OAuth signature covers a form byte for
 * byte, so it cannot be checked over the parsed form.
 */
export function keepRawBody(request: IncomingMessage, _response: unknown, body: Buffer): void {
  (request as WithRawBody).rawBody = body;
}

/** Returns the body that was read and kept, or `undefined`. */
export const rawBodyOf = (request: IncomingMessage): Buffer | undefined => (request as WithRawBody).rawBody;
