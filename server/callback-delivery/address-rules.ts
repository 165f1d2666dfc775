import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { StoreUrl } from '../http/store-url';
import { canonicalHost, isAddressAllowed, isHostAllowed, type AllowedHost } from './allow-hosts';
import { nonPublicRange } from './non-public-range';
import type { CallbackUrl } from './urls';

/** The reason why a callback_url is not allowed. The messages `address.*` describe it. */
export interface Rejection {
  readonly rule: 'is_non_public' | 'leads_to_non_public' | 'own_store' | 'not_found' | 'slow';
  /** The host that the app sent, never an address that it resolved to. */
  readonly host: string;
  /** The non-public range, for the first two rules. */
  readonly range?: string;
}

/** `dns.lookup` with `all: true`: the system's resolver, hosts file included. */
export type LookupAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface CallbackAddressRules {
  /** Checks the rules that need no DNS lookup. A request from a stranger causes nothing more. */
  checkLiteral(url: CallbackUrl): Rejection | undefined;
  /** Checks all rules. Resolves the host, unless the operator allowed it by name. Never rejects. */
  check(url: CallbackUrl): Promise<Rejection | undefined>;
  /**
   * Returns the `lookup` for the connection to this URL.
   *
   * It returns checked addresses only, so that no second lookup happens between check and
   * connection. It fails with {@link AddressRejectedError}. node:net does not look up literal
   * addresses, so `checkLiteral` has to run first.
   */
  lookupFor(url: CallbackUrl): LookupFunction;
}

export class AddressRejectedError extends Error {
  override readonly name = 'AddressRejectedError';
  constructor(readonly rejection: Rejection) {
    super(`a callback address was rejected: ${rejection.rule}`);
  }
}

export interface CallbackAddressDependencies {
  readonly allowHosts: readonly AllowedHost[];
  readonly storeUrl: StoreUrl;
  readonly lookup?: LookupAll;
  readonly lookupTimeoutMs?: number;
}

/**
 * Decides where callbacks may go: to public addresses, and to what `CALLBACK_ALLOW_HOSTS` names.
 */
export function callbackAddressRules({
  allowHosts,
  storeUrl,
  lookup = systemLookup,
  lookupTimeoutMs = 3000,
}: CallbackAddressDependencies): CallbackAddressRules {
  const store = endpoint(storeUrl.href);

  const isAllowed = ({ host, port }: Endpoint) => isHostAllowed(allowHosts, host, port);

  function addressRejection({ host }: Endpoint, address: string): Rejection | undefined {
    if (isAddressAllowed(allowHosts, address)) return undefined;
    const range = nonPublicRange(address);
    if (range === undefined) return undefined;
    return { rule: isIP(host) ? 'is_non_public' : 'leads_to_non_public', host, range };
  }

  // One private address among public ones is enough to reject, because the connection may use any
  // of them.
  function resolvedRejection(at: Endpoint, addresses: readonly LookupAddress[]): Rejection | undefined {
    if (addresses.length === 0) return { rule: 'not_found', host: at.host };
    for (const { address } of addresses) {
      const rejection = addressRejection(at, address);
      if (rejection) return rejection;
    }
    return undefined;
  }

  function checkLiteral(url: CallbackUrl): Rejection | undefined {
    const at = endpoint(url);
    if (isAllowed(at)) return undefined;
    if (isSameOrigin(at, store)) return { rule: 'own_store', host: at.host };
    return isIP(at.host) ? addressRejection(at, at.host) : undefined;
  }

  return {
    checkLiteral,

    async check(url) {
      const at = endpoint(url);
      const literal = checkLiteral(url);
      if (literal || isIP(at.host) || isAllowed(at)) return literal;
      return new Promise((resolve) => {
        const slow = setTimeout(() => {
          resolve({ rule: 'slow', host: at.host });
        }, lookupTimeoutMs);
        lookup(at.lookedUp, { all: true }, (error, addresses) => {
          clearTimeout(slow);
          resolve(error ? { rule: 'not_found', host: at.host } : resolvedRejection(at, addresses));
        });
      });
    },

    lookupFor(url) {
      const at = endpoint(url);
      return (_hostname, options, callback) => {
        lookup(at.lookedUp, { all: true }, (error, addresses) => {
          const rejection = error || isAllowed(at) ? undefined : resolvedRejection(at, addresses);
          const [first] = (addresses as LookupAddress[] | undefined) ?? [];
          if (error) callback(error, []);
          else if (rejection) callback(new AddressRejectedError(rejection), []);
          else if (options.all === true) callback(null, addresses);
          else callback(null, first?.address ?? '', first?.family);
        });
      };
    },
  };
}

interface Endpoint {
  readonly host: string;
  /** With its trailing dot, which keeps the resolver from adding search domains. */
  readonly lookedUp: string;
  readonly port: number;
}

// `hostname` has passed IDNA and the WHATWG IPv4 parser, so 0x7f.1, 2130706433 and full-width
// digits are 127.0.0.1 here.
function endpoint(url: string): Endpoint {
  const { hostname, port, protocol } = new URL(url);
  return {
    host: canonicalHost(hostname),
    lookedUp: hostname,
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
}

// A store behind a proxy may be configured as http://shop.example but also answer on port 443.
function isSameOrigin(callback: Endpoint, store: Endpoint): boolean {
  return (
    callback.host === store.host &&
    (callback.port === store.port || (callback.port === 443 && store.port === 80))
  );
}
