import { X509Certificate } from 'node:crypto';
import { EmulatorError } from './errors';
import type { StoreOptions } from './store';

const OPTIONS: Readonly<Record<keyof StoreOptions, true>> = {
  scheme: true,
  port: true,
  name: true,
  users: true,
  data: true,
  now: true,
  trust: true,
  strict: true,
};
const DATA = ['products', 'orders', 'customers', 'coupons'];
const NAME_MAX = 100;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * Checks the options of a store, except `users`, which accounts.ts checks.
 * @throws EmulatorError that names the option and what it may be
 */
export function checkOptions(options: StoreOptions): void {
  expectMembers('startStore', options, Object.keys(OPTIONS));
  const { scheme, port, name, now, strict, data, trust } = options;
  if (scheme !== undefined && !['https', 'http'].includes(scheme))
    throw wrong('scheme', 'https or http', scheme);
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw wrong('port', 'a number from 0 to 65535', port);
  if (name !== undefined && !(typeof name === 'string' && name.trim() !== '' && name.length <= NAME_MAX))
    throw wrong('name', `a text of 1 to ${NAME_MAX} characters`, name);
  if (now !== undefined && !(typeof now === 'function' && Number.isFinite(now())))
    throw wrong('now', 'a function that returns milliseconds since 1970', now);
  if (strict !== undefined && typeof strict !== 'boolean') throw wrong('strict', 'true or false', strict);
  if (data !== undefined) expectMembers('data', data, DATA);
  [trust ?? []].flat().forEach((pem, index) => {
    if (!isPem(pem))
      throw new EmulatorError(`trust[${index}] must be a certificate in PEM, not the name of a file.`);
  });
}

/**
 * Checks that a value is an object with known members.
 * @throws EmulatorError that names the unknown member
 */
export function expectMembers(what: string, value: unknown, known: readonly string[]): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new EmulatorError(`${what} takes an object (got ${shown(value)}).`);
  const unknown = Object.keys(value).find((member) => !known.includes(member));
  if (unknown !== undefined)
    throw new EmulatorError(
      `${what} has no member ${JSON.stringify(unknown)}. It may have: ${known.join(', ')}.`,
    );
}

/** Returns a value as an error shows it. */
export function shown(value: unknown): string {
  if (typeof value === 'function') return 'a function';
  return value === undefined ? 'undefined' : JSON.stringify(value);
}

const wrong = (option: string, form: string, value: unknown) =>
  new EmulatorError(`The option ${option} must be ${form} (got ${shown(value)}).`);

/** Returns whether a value is a text with certificates in PEM that can be read. */
export function isPem(pem: unknown): boolean {
  const certificates = typeof pem === 'string' ? (pem.match(CERTIFICATE) ?? []) : [];
  try {
    for (const certificate of certificates) new X509Certificate(certificate);
    return certificates.length > 0;
  } catch {
    return false;
  }
}
