import ipaddr from 'ipaddr.js';

/**
 * The part of an address that one client has to itself: an IPv4 address, or the first 64 bits of an IPv6 one, of which
 * every connection is given at least so many to choose from (RFC 6177).
 */
export function clientNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex');
}
