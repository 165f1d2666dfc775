import { isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parseUrl } from '../http/parse-url';

/**
 * One entry of `CALLBACK_ALLOW_HOSTS`: a host with one port or all ports, or a range of addresses.
 */
export type AllowedHost =
  | { readonly host: string; readonly port?: number }
  | { readonly range: readonly [ipaddr.IPv4 | ipaddr.IPv6, number] };

/**
 * Reads a list of `host`, `host:port`, `[v6]:port` and CIDR, separated by commas or spaces.
 *
 * @throws Error that names the invalid entry.
 */
export function parseAllowHosts(list: string): readonly AllowedHost[] {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map((entry) => {
      const allowed = entry.includes('/') ? parseRange(entry) : parseHost(entry);
      if (!allowed) throw new Error(`"${entry}" is not a host, host:port or CIDR range`);
      return allowed;
    });
}

/**
 * Normalizes the spelling of a host for comparison: lower-case punycode without a trailing dot and
 * without brackets.
 */
export function canonicalHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');
}

/** Returns whether an entry names the host, with this port or for every port. */
export function isHostAllowed(allowHosts: readonly AllowedHost[], host: string, port: number): boolean {
  return allowHosts.some(
    (entry) => 'host' in entry && entry.host === host && (entry.port === undefined || entry.port === port),
  );
}

/** Returns whether an address lies in an allowed range. Text that is not an address is in none. */
export function isAddressAllowed(allowHosts: readonly AllowedHost[], address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  return allowHosts.some(
    (entry) => 'range' in entry && entry.range[0].kind() === parsed.kind() && parsed.match(...entry.range),
  );
}

function parseRange(entry: string): AllowedHost | undefined {
  return ipaddr.isValidCIDR(entry) ? { range: ipaddr.parseCIDR(entry) } : undefined;
}

function parseHost(entry: string): AllowedHost | undefined {
  const [, name, digits] =
    /^(\[[^\]]*\]|[^:@?#*%\\[\]]+)(?::(\d+))?$/.exec(isIPv6(entry) ? `[${entry}]` : entry) ?? [];
  const url = name === undefined ? undefined : parseUrl(`https://${name}/`);
  if (!url) return undefined;
  const host = canonicalHost(url.hostname);
  if (digits === undefined) return { host };
  const port = Number(digits);
  return port >= 1 && port <= 65535 ? { host, port } : undefined;
}
