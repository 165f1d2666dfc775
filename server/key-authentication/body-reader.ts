import type { IncomingMessage } from 'node:http';
import { RestError, RETRY_SOON } from '../errors/http-errors';
import { BODY_WITHIN_MS } from '../http/body-limits';

/** The largest form whose signature is checked, in bytes. */
const FORM_MAX = 256 * 1024;

/**
 * The most names and subscripts of parameters in such a form. WooCommerce takes batches of 100
 * items (`woocommerce_rest_batch_items_limit`). This number allows 50 parameters in each item, with
 * four subscripts as in `update[0][line_items][0][quantity]`. Consumer keys are not secret, so
 * anyone who has seen one can make the server sign a form. This limits the cost.
 */
const FORM_NAMES_MAX = 25_000;

/**
 * The most bytes that the bodies of one reader may have in memory together. A client needs no key
 * to have a body read.
 */
const HELD_MAX = 128 * 1024 * 1024;

/** Limits on a body that is read into memory. */
export interface BodyLimits {
  readonly bytes: number;
  /** The most parameter names and subscripts of a form. */
  readonly names: number;
  readonly tooLarge: () => RestError;
}

/** Limits for a form that an OAuth signature may cover. */
export const FORM_LIMITS: BodyLimits = {
  bytes: FORM_MAX,
  names: FORM_NAMES_MAX,
  // WooCommerce answers 413 too, for a batch of more than 100 items.
  tooLarge: () =>
    tooLarge(
      'The form is larger than this server reads, or has too many parameters. Send JSON, or several requests.',
    ),
};

/**
 * Limits for a body that is searched for a `_method` or a `rest_route` after its key was verified. PHP's default is
 * the same size (`post_max_size`).
 */
export const SEARCHED_LIMITS: BodyLimits = {
  bytes: 8 * 1024 * 1024,
  names: Infinity,
  tooLarge: () =>
    tooLarge(
      'With a key that may only write or opens only some groups, this server reads 8 MiB. Send several requests.',
    ),
};

export type ReadBody = (request: IncomingMessage) => Promise<Buffer>;

/**
 * Returns a function that reads a whole body within these limits and `BODY_WITHIN_MS`. All bodies
 * that it reads at one time may have `HELD_MAX` bytes together.
 */
export function bodyReader({ bytes, names, tooLarge }: BodyLimits): ReadBody {
  let held = 0;
  /**
   * Reads the body. If it fails, the rest of the body is discarded while it arrives, because a
   * client that is still sending does not see the answer on a closed connection.
   * @throws RestError 413 if the body exceeds its limits, 408 if it takes too long, 503 if too many
   * bodies are being read, 400 if the client disconnected
   */
  return (request) =>
    new Promise((resolve, reject) => {
      // The client may have disconnected while its key was looked up.
      if (request.destroyed) {
        reject(cutOff());
        return;
      }
      if (Number(request.headers['content-length']) > bytes) {
        request.resume();
        reject(tooLarge());
        return;
      }
      let chunks: Buffer[] = [];
      let size = 0;
      const giveUp = (rejection: RestError) => {
        release();
        request.resume();
        reject(rejection);
      };
      const release = () => {
        clearTimeout(timeout);
        request.off('data', collect);
        held -= size;
        size = 0;
        chunks = [];
      };
      const collect = (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        held += chunk.length;
        if (size > bytes) giveUp(tooLarge());
        else if (held > HELD_MAX) giveUp(tooMany());
      };
      const timeout = setTimeout(() => {
        giveUp(tooSlow());
      }, BODY_WITHIN_MS).unref();
      request.on('data', collect);
      request.once('end', () => {
        const body = Buffer.concat(chunks);
        release();
        if (names < Infinity && namesIn(body) > names) reject(tooLarge());
        else resolve(body);
      });
      request.once('close', () => {
        release();
        reject(cutOff());
      });
    });
}

const AMPERSAND = 0x26;
const EQUALS = 0x3d;
const BRACKET = 0x5b;

/**
 * Counts the names and subscripts in the raw bytes, because parsing a form with too many of them is
 * expensive.
 */
function namesIn(form: Buffer): number {
  let names = 1;
  let inName = true;
  for (let at = 0; at < form.length; at++) {
    const byte = form[at];
    if (byte === AMPERSAND) {
      names += 1;
      inName = true;
    } else if (byte === EQUALS) inName = false;
    else if (inName && (byte === BRACKET || isEscapedBracket(form, at))) names += 1;
  }
  return names;
}

const isEscapedBracket = (form: Buffer, at: number) =>
  form[at] === 0x25 && form[at + 1] === 0x35 && ((form[at + 2] ?? 0) | 0x20) === 0x62;

const cutOff = () => new RestError(400, 'rest_body_cut_off', 'The body ended too early.');
const tooLarge = (message: string) => new RestError(413, 'rest_body_too_large', message);
const tooSlow = () => new RestError(408, 'rest_body_too_slow', 'The form did not arrive in time.');
const tooMany = () =>
  new RestError(503, 'rest_unavailable', 'Too many forms are being read now. Try again.', {}, RETRY_SOON);
