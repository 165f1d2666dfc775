import ipaddr from 'ipaddr.js';

// The ranges ipaddr.js knows (IANA's special-purpose registries, RFC 6890), by the name that the messages `address.range.*` put into words.
const NAMES: Readonly<Record<string, string>> = {
  unspecified: 'this_host',
  broadcast: 'broadcast',
  multicast: 'multicast',
  linkLocal: 'link_local',
  loopback: 'loopback',
  carrierGradeNat: 'carrier_nat',
  private: 'private',
  uniqueLocal: 'private',
  deprecatedSiteLocal: 'private',
  ipv4Mapped: 'embedded',
  rfc6145: 'embedded',
  rfc6052: 'embedded',
  '6to4': 'tunnel',
  teredo: 'tunnel',
  amt: 'tunnel',
};
const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');

/**
 * Which non-public range an address lies in; `undefined` for a public one. An IPv6 address that carries an IPv4 address
 * is never public: what it reaches depends on translators that this server does not know.
 */
export function nonPublicRange(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return 'unreadable';
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range !== 'unicast') return NAMES[range] ?? 'reserved';
  // IANA has given out 2000::/3 alone (RFC 4291 section 2.4); ipaddr.js calls the rest of the space unicast too.
  return parsed.kind() === 'ipv6' && !parsed.match(GLOBAL_UNICAST) ? 'not_in_use' : undefined;
}
