import ipaddr from 'ipaddr.js';

/**
 * Returns the part of an address that belongs to one client: an IPv4 address, or the first 64 bits
 * of an IPv6 address, because every customer gets at least a /64 (RFC 6177).
 */
export function clientNetwork(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  return Buffer.from(parsed.toByteArray().slice(0, 8)).toString('hex');
}
