import express, { type Request } from 'express';
import { BODY_MAX, rejectWhenTooLarge } from '../http/body-limits';
import { phpParams, rawPairs, topLevelName, utf8, type Pair } from '../http/php-params';
import { hasForm } from '../key-authentication/auth-request';
import { RevokeError } from '../errors/oauth';

/** The members of a body that this endpoint reads. All are strings, whatever the media type. */
const FIELDS = [
  'token',
  'access_token',
  'refresh_token',
  'hint',
  'client_id',
  'client_secret',
  'consumer_key',
  'consumer_secret',
  'key_id',
  '_wpnonce',
] as const;
export type RevokeField = (typeof FIELDS)[number];

/** The parsed body of a revocation. */
export interface RevokeBody {
  readonly fields: Readonly<Partial<Record<RevokeField, string>>>;
  /**
   * The urlencoded body's bytes as latin1, which an OAuth signature covers; `undefined` for any
   * other body.
   */
  readonly form: string | undefined;
}

/** Reads a body of any media type, up to 16 KiB. `parseRevokeBody` parses it. */
export const readRevokeBody = rejectWhenTooLarge(
  express.raw({ type: () => true, limit: BODY_MAX }),
  BODY_MAX,
);

/**
 * Returns whether the body is a form. Signatures use the same test, so that every form that is read
 * here is covered by the signature.
 */
export const isForm = (request: Request): boolean =>
  hasForm({ contentType: request.headers['content-type'] });

/**
 * Parses the body of a revocation.
 * @throws RevokeError 400 for a malformed body, 415 for another media type
 */
export function parseRevokeBody(request: Request): RevokeBody {
  const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (isForm(request)) {
    const form = bytes.toString('latin1');
    const pairs = rawPairs(form);
    rejectRepeated(pairs);
    const { params } = phpParams(pairs.filter(([name]) => isField(topLevelName(name))));
    return { fields: pick([...params].map(([name, value]) => [name, fromBytes(value)])), form };
  }
  if (bytes.length === 0) return { fields: {}, form: undefined };
  if (!request.is('application/json'))
    throw new RevokeError(415, 'Send JSON, or a form (application/x-www-form-urlencoded).');
  return { fields: pick(Object.entries(jsonObject(bytes))), form: undefined };
}

/** Rejects a parameter with two different values (RFC 6749 section 3.2). */
function rejectRepeated(pairs: readonly Pair[]): void {
  const seen = new Map<string, string>();
  for (const [name, value] of pairs) {
    const field = topLevelName(name);
    if (isField(field) && (seen.get(field) ?? value) !== value)
      throw new RevokeError(400, `The parameter ${field} was sent more than once.`);
    seen.set(field, value);
  }
}

function jsonObject(bytes: Buffer): object {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Answered below, like JSON that is not an object.
  }
  throw new RevokeError(400, 'The body is not a JSON object.');
}

/**
 * Returns `undefined` for bytes that are not UTF-8. Returns an array unchanged, so that `pick`
 * rejects it by its name.
 */
const fromBytes = (value: unknown) => (typeof value === 'string' ? utf8(value) : value);

function pick(entries: readonly (readonly [string, unknown])[]): RevokeBody['fields'] {
  const fields: Partial<Record<RevokeField, string>> = {};
  for (const [name, value] of entries) {
    if (!isField(name)) continue;
    if (name === 'key_id' && Number.isSafeInteger(value)) fields.key_id = String(value);
    else if (typeof value === 'string') fields[name] = value;
    else throw new RevokeError(400, `The parameter ${name} must be one string.`);
  }
  return fields;
}

const isField = (name: string): name is RevokeField => (FIELDS as readonly string[]).includes(name);
