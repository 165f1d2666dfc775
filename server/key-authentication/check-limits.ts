import ipaddr from 'ipaddr.js';
import { resourcesOf, type KeyLimits, type LimitColumns, type Resource } from '../consumer-keys/key-limits';
import { remembered } from './remembered';
import { resourceOfRoute } from './resource-of-route';
import { addressNotAllowed, cannotEditResource, cannotViewResource } from './verification-errors';

/** The limits of a key, ready to be checked at each use. */
export interface CheckedLimits extends Pick<KeyLimits, 'expiresAt' | 'resources'> {
  /** Whether a server saw before that the key had ended. */
  readonly wasExpired: boolean;
  /** `null`: any address. */
  readonly allowsAddress: ((address: string) => boolean) | null;
}

/** The columns of a key that limit it. */
export interface CheckedColumns extends LimitColumns {
  expired_at: number | null;
}

/** The limits of most keys: none. */
export const UNLIMITED: CheckedLimits = {
  expiresAt: null,
  resources: null,
  wasExpired: false,
  allowsAddress: null,
};

/** Returns the limits of a row. Most keys have none. */
export function checkedLimits({
  expires_at,
  expired_at,
  resources,
  addresses,
}: CheckedColumns): CheckedLimits {
  if (expires_at === null && expired_at === null && resources === null && addresses === null)
    return UNLIMITED;
  return {
    expiresAt: expires_at,
    resources: resources === null ? null : groupsIn(resources),
    wasExpired: expired_at !== null,
    allowsAddress: addresses === null ? null : matcherOf(addresses),
  };
}

// Rows are parsed once: a database on another machine has each key read at each use, and few keys differ.
const groupsIn = remembered((stored: string) => resourcesOf(stored));
const matcherOf = remembered((ranges: string) => {
  const networks = ranges.split(' ').map((range) => ipaddr.parseCIDR(range));
  return remembered((text: string) => {
    if (!ipaddr.isValid(text)) return false;
    // An IPv4 address in an IPv6 one is an IPv4 address.
    const address = ipaddr.process(text);
    return networks.some((network) => network[0].kind() === address.kind() && address.match(network));
  });
});

/** Returns whether the key has ended. A clock that was set back does not revive it. */
export const hasEnded = ({ expiresAt, wasExpired }: CheckedLimits, now: number): boolean =>
  wasExpired || (expiresAt !== null && expiresAt <= now);

/**
 * Checks that a key may be used from an address.
 * @throws RestError 403
 */
export function checkAddress({ allowsAddress }: CheckedLimits, address: string): void {
  if (allowsAddress !== null && !allowsAddress(address)) throw addressNotAllowed();
}

/** What a request opens. */
export interface Opened {
  /** In upper case. */
  readonly method: string;
  /** The canonical path of a REST route, without its query. `undefined` outside the REST API. */
  readonly path: string | undefined;
  /** The group that a program names for its own route. */
  readonly resource?: Resource | undefined;
}

/**
 * Checks that a key opens the groups of a request: that of its route, and that which the program
 * names. A route outside the REST API belongs to the named group, or to `other`.
 * @throws RestError 403
 */
export function checkResource(
  resources: readonly Resource[] | null,
  { method, path, resource }: Opened,
): void {
  if (resources === null) return;
  if (path !== undefined) expectOpened(resources, resourceOfRoute(path), method);
  if (path === undefined || resource !== undefined) expectOpened(resources, resource ?? 'other', method);
}

function expectOpened(opened: readonly Resource[], group: Resource | undefined, method: string): void {
  if (group !== undefined && opened.includes(group)) return;
  throw method === 'GET' || method === 'HEAD' ? cannotViewResource(group) : cannotEditResource(group);
}
