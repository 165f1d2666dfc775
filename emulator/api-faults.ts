import type { RequestHandler } from 'express';
import { EmulatorError } from './errors';
import { expectMembers } from './check-options';
import type { Faults } from './store';

const CALLBACK_FAULTS = ['unreachable', 'timeout', 'duplicate', 'read-only'];

/**
 * Checks what `fail` was called with.
 * @throws EmulatorError that names the member and what it may be
 */
export function checkFaults(faults: Faults): void {
  expectMembers('fail', faults, ['callback', 'api']);
  const { callback, api } = faults;
  if (callback !== undefined && !CALLBACK_FAULTS.includes(callback))
    throw new EmulatorError(
      `faults.callback must be ${CALLBACK_FAULTS.join(', ')} (got ${JSON.stringify(callback)}).`,
    );
  if (api === undefined) return;
  expectMembers('faults.api', api, ['status', 'every', 'retryAfter', 'path']);
  const wrong = (member: string, form: string, value: unknown) =>
    new EmulatorError(`faults.api.${member} must be ${form} (got ${JSON.stringify(value)}).`);
  const { status, every = 1, retryAfter = 0, path = /^/ } = api;
  if (!Number.isInteger(status) || status < 400 || status > 599)
    throw wrong('status', 'a number from 400 to 599', status);
  if (!Number.isInteger(every) || every < 1) throw wrong('every', 'a whole number from 1', every);
  if (!Number.isInteger(retryAfter) || retryAfter < 0)
    throw wrong('retryAfter', 'a whole number of seconds', retryAfter);
  if (!(path instanceof RegExp)) throw wrong('path', 'a regular expression', path);
}

/** Returns the middleware that fails requests of the REST API as `fault` says. */
export function apiFaults(fault: () => Faults['api']): RequestHandler {
  let counted: Faults['api'];
  let count = 0;
  return (request, response, next) => {
    const api = fault();
    if (counted !== api) count = 0;
    counted = api;
    if (!api || (api.path && !matches(api.path, request.path))) return next();
    count++;
    if (count % (api.every ?? 1) !== 0) return next();
    if (api.retryAfter !== undefined) response.set('Retry-After', String(api.retryAfter));
    response.status(api.status).json({
      code: 'wc_auth_emulated_fault',
      message: 'The test store fails on purpose.',
      data: { status: api.status },
    });
  };
}

// A pattern with the flag g or y would continue where its last match ended.
const matches = (pattern: RegExp, path: string) =>
  new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, '')).test(path);
