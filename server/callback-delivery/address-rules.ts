import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { StoreUrl } from '../http/store-url';
import { canonicalHost, isAddressAllowed, isHostAllowed, type AllowedHost } from './allow-hosts';
import { nonPublicRange } from './non-public-range';
import type { CallbackUrl } from './urls';

/** Why a callback_url may not be called; the messages `address.*` put it into words. */
export interface Refusal {
  readonly rule: 'is_non_public' | 'leads_to_non_public' | 'own_store' | 'not_found' | 'slow';
  /** The host that the app gave, never an address it resolved to. */
  readonly host: string;
  /** Which non-public range, for the first two. */
  readonly range?: string;
}

/** `dns.lookup` with `all: true`: the system's resolver, hosts file included. */
export type LookupAll = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface CallbackAddressRules {
  /** The rules that need no name look-up; all that a stranger's request may cause. */
  checkLiteral(url: CallbackUrl): Refusal | undefined;
  /** All rules; resolves the host unless the operator allowed it by name. Never rejects. */
  check(url: CallbackUrl): Promise<Refusal | undefined>;
  /**
   * The `lookup` of the connection to this URL: hands out checked addresses only, so that no second look-up stands
   * between check and connect. Fails with {@link AddressRefusedError}. A literal address never gets here (node:net
   * looks up names only), so `checkLiteral` comes first.
   */
  lookupFor(url: CallbackUrl): LookupFunction;
}

export class AddressRefusedError extends Error {
  override readonly name = 'AddressRefusedError';
  constructor(readonly refusal: Refusal) {
    super(`a callback address was refused: ${refusal.rule}`);
  }
}

export interface CallbackAddressDependencies {
  readonly allowHosts: readonly AllowedHost[];
  readonly storeUrl: StoreUrl;
  readonly lookup?: LookupAll;
  readonly lookupTimeoutMs?: number;
}

/** Where callbacks may go: public addresses, and what the operator named in `CALLBACK_ALLOW_HOSTS`. */
export function callbackAddressRules({
  allowHosts,
  storeUrl,
  lookup = systemLookup,
  lookupTimeoutMs = 3000,
}: CallbackAddressDependencies): CallbackAddressRules {
  const store = endpoint(storeUrl.href);

  const isAllowed = ({ host, port }: Endpoint) => isHostAllowed(allowHosts, host, port);

  function refuseAddress({ host }: Endpoint, address: string): Refusal | undefined {
    if (isAddressAllowed(allowHosts, address)) return undefined;
    const range = nonPublicRange(address);
    if (range === undefined) return undefined;
    return { rule: isIP(host) ? 'is_non_public' : 'leads_to_non_public', host, range };
  }

  // One private address among public ones refuses: the connection may take any of them.
  function refuseResolved(at: Endpoint, addresses: readonly LookupAddress[]): Refusal | undefined {
    if (addresses.length === 0) return { rule: 'not_found', host: at.host };
    for (const { address } of addresses) {
      const refused = refuseAddress(at, address);
      if (refused) return refused;
    }
    return undefined;
  }

  function checkLiteral(url: CallbackUrl): Refusal | undefined {
    const at = endpoint(url);
    if (isAllowed(at)) return undefined;
    if (isSameOrigin(at, store)) return { rule: 'own_store', host: at.host };
    return isIP(at.host) ? refuseAddress(at, at.host) : undefined;
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
          resolve(error ? { rule: 'not_found', host: at.host } : refuseResolved(at, addresses));
        });
      });
    },

    lookupFor(url) {
      const at = endpoint(url);
      return (_hostname, options, callback) => {
        lookup(at.lookedUp, { all: true }, (error, addresses) => {
          const refused = error || isAllowed(at) ? undefined : refuseResolved(at, addresses);
          const [first] = (addresses as LookupAddress[] | undefined) ?? [];
          if (error) callback(error, []);
          else if (refused) callback(new AddressRefusedError(refused), []);
          else if (options.all === true) callback(null, addresses);
          else callback(null, first?.address ?? '', first?.family);
        });
      };
    },
  };
}

interface Endpoint {
  readonly host: string;
  /** With its trailing dot, which keeps the resolver from trying search domains. */
  readonly lookedUp: string;
  readonly port: number;
}

// `hostname` has been through IDNA and the WHATWG IPv4 parser, so 0x7f.1, 2130706433 and full-width digits are 127.0.0.1.
function endpoint(url: string): Endpoint {
  const { hostname, port, protocol } = new URL(url);
  return {
    host: canonicalHost(hostname),
    lookedUp: hostname,
    port: port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port),
  };
}

// A store behind a proxy may call itself http://shop.example and answer at 443 all the same.
function isSameOrigin(callback: Endpoint, store: Endpoint): boolean {
  return (
    callback.host === store.host &&
    (callback.port === store.port || (callback.port === 443 && store.port === 80))
  );
}
