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
const SAME_LETTERS_MIN = 7;

/** Names that begin like this are for this server. `LOG_`, `NODE_` and others are not only ours. */
const OWN_PREFIX =
  /^(?:STORE|CALLBACK|SESSION|SIGN_IN|FAILED_KEYS|UPSTREAM|STOP|TRUST|OIDC|AUTH_PROXY|HANDOVER)_/;

/**
 * Other programs set these: a desktop, web frameworks, and Kubernetes for a service with such a
 * name.
 */
const FOREIGN = /^SESSION_(?:MANAGER|SECRET)$|_SERVICE_HOST$|_SERVICE_PORT(?:_\w+)?$|_PORT(?:_\d+_\w+)?$/;

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
    .filter((name) => !known.includes(name))
    .map((name) => [name, meantBy(name, known)] as const)
    .filter(([, meant]) => meant.length > 0)
    .map(
      ([name, meant]) =>
        `${name}: this variable does not exist and has no effect. Did you mean ${meant.length > 1 ? 'one of ' : ''}${meant.join(', ')}?`,
    );
}

/** Returns the variables that a name may stand for. Empty if it probably belongs to another program. */
function meantBy(name: string, known: readonly string[]): string[] {
  const same = known.find((one) => lettersOf(one) === lettersOf(name));
  if (same !== undefined) return name.length >= SAME_LETTERS_MIN ? [same] : [];
  const nearest = closest(name, known);
  if (name.length >= NAME_MIN && distance(name, nearest) <= MISTAKE_MAX) return [nearest];
  const [prefix] = OWN_PREFIX.exec(name) ?? [];
  if (prefix === undefined || FOREIGN.test(name)) return [];
  const longer = known.filter((one) => one.startsWith(`${name}_`));
  return longer.length > 0 ? longer : known.filter((one) => one.startsWith(prefix));
}

const lettersOf = (name: string): string => name.replaceAll('_', '').toUpperCase();

function environmentWarning({ NODE_ENV: environment }: SetVariables): string[] {
  if (environment === undefined || ENVIRONMENTS.includes(environment)) return [];
  const written = environment.toLowerCase();
  const meant =
    ENVIRONMENTS.find((name) => name.startsWith(written)) ??
    ENVIRONMENTS.find((name) => distance(written, name) <= MISTAKE_MAX);
  const advice = meant === undefined ? 'Use development, production or test.' : `Did you mean ${meant}?`;
  return [`NODE_ENV: "${environment}" is unknown, so production checks are off. ${advice}`];
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
