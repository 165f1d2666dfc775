import { closest, distance } from 'fastest-levenshtein';
import type { StoreUrl } from '../http/store-url';
import { isProduction } from './server';
import type { SetVariables } from './problems';

const ENVIRONMENTS = ['development', 'production', 'test'];

/**
 * A typing mistake changes at most so many letters of a name: `STORE_NAEM`, `CALBACK_ALOW_HOSTS`.
 */
const MISTAKE_MAX = 2;

/** Shorter names resemble common variables of other programs: `HOST` and `POST`. */
const NAME_MIN = 8;

/**
 * Returns what is probably a mistake but does not stop the server, one line each: `NAME: what is
 * wrong`. Never contains a value, except that of NODE_ENV.
 */
export function configWarnings(set: SetVariables, known: readonly string[], storeUrl: StoreUrl): string[] {
  return [
    ...misspelled(Object.keys(set), known),
    ...environmentWarning(set),
    ...(isProduction(set) ? storeUrlWarning(storeUrl) : []),
  ];
}

function misspelled(names: readonly string[], known: readonly string[]): string[] {
  return names
    .filter((name) => name.length >= NAME_MIN && !known.includes(name))
    .map((name) => [name, closest(name, known)] as const)
    .filter(([name, nearest]) => distance(name, nearest) <= MISTAKE_MAX)
    .map(
      ([name, nearest]) =>
        `${name}: this variable does not exist and has no effect. Did you mean ${nearest}?`,
    );
}

function environmentWarning({ NODE_ENV: environment }: SetVariables): string[] {
  if (environment === undefined || ENVIRONMENTS.includes(environment)) return [];
  const written = environment.toLowerCase();
  const meant = ENVIRONMENTS.find((name) => name.startsWith(written)) ?? closest(written, ENVIRONMENTS);
  return [`NODE_ENV: "${environment}" is unknown, so production checks are off. Did you mean ${meant}?`];
}

function storeUrlWarning({ origin, secure }: StoreUrl): string[] {
  const { hostname } = new URL(origin);
  const local =
    hostname === 'localhost' || hostname.endsWith('.localhost') || /^(?:127\.|\[::1\]$)/.test(hostname);
  if (local)
    return [
      `STORE_URL: points to this machine (${origin}). Set it to the address that managers and apps use.`,
    ];
  if (!secure)
    return [
      `STORE_URL: starts with http:// in production, so passwords and keys travel in clear text. Use https://.`,
    ];
  return [];
}
