import ipaddr from 'ipaddr.js';

// The ranges that ipaddr.js knows (IANA's special-purpose registries, RFC 6890), with the names of
// the messages `address.range.*`.
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
 * Returns the non-public range of an address, or `undefined` for a public one.
 *
 * An IPv6 address that contains an IPv4 address is never public: what it reaches depends on
 * translators that this server does not know.
 */
export function nonPublicRange(address: string): string | undefined {
  if (!ipaddr.isValid(address)) return 'unreadable';
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range !== 'unicast') return NAMES[range] ?? 'reserved';
  if (isIsatap(parsed)) return 'embedded';
  // IANA has allocated 2000::/3 only (RFC 4291 section 2.4). ipaddr.js treats the rest of the space
  // as unicast too.
  return parsed.kind() === 'ipv6' && !parsed.match(GLOBAL_UNICAST) ? 'not_in_use' : undefined;
}

// `…:0:5efe:a.b.c.d` in any network, with or without the universal and group bits (RFC 5214 section
// 6.1).
function isIsatap(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  if (!('parts' in address)) return false;
  const [, , , , fifth = 0, sixth = 0] = address.parts;
  return (fifth & ~0x0300) === 0 && sixth === 0x5efe;
}
