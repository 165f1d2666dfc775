import ipaddr from 'ipaddr.js';
import { UserError } from '../errors/user-error';
import { DAY_MS } from './key-lifetime';

/**
 * The groups of routes that a key can be limited to. `settings` includes the system, `other` is
 * everything that the table in key-authentication/resource-of-route.ts does not name.
 */
export const RESOURCES = [
  'orders',
  'customers',
  'products',
  'coupons',
  'reports',
  'settings',
  'webhooks',
  'other',
] as const;
export type Resource = (typeof RESOURCES)[number];

/** What limits a key besides its permissions. */
export interface KeyLimits {
  /** From this instant on the key does not verify. Milliseconds since 1970. `null`: never. */
  readonly expiresAt: number | null;
  /** The groups that the key opens, in the order of {@link RESOURCES}. `null`: all. */
  readonly resources: readonly Resource[] | null;
  /** The CIDR ranges that may use the key. `null`: any address. */
  readonly addresses: readonly string[] | null;
}

export const NO_LIMITS: KeyLimits = { expiresAt: null, resources: null, addresses: null };

/** For how long after its end a key can be extended. Then the cleanup removes it. */
export const EXTENDABLE_MS = 30 * DAY_MS;

const ADDRESSES_MAX = 50;

/**
 * Returns the groups with these names, or `null` for all of them.
 * @throws UserError for an unknown name, and for no name
 */
export function parseResources(names: readonly string[]): readonly Resource[] | null {
  const unknown = names.find((name) => !isResource(name));
  if (unknown !== undefined)
    throw invalid('resources', 'unknown_resource', {
      name: unknown,
      groups: RESOURCES.join(', '),
    });
  const chosen = RESOURCES.filter((name) => names.includes(name));
  if (chosen.length === 0) throw invalid('resources', 'no_resource');
  return chosen.length === RESOURCES.length ? null : chosen;
}

export const isResource = (name: string): name is Resource => (RESOURCES as readonly string[]).includes(name);

/**
 * Returns the ranges that the texts name, each as `ADDRESS/BITS`, or `null` for none.
 * @throws UserError for a text that is neither an address nor a CIDR range, and for too many
 */
export function parseAddresses(texts: readonly string[]): readonly string[] | null {
  const ranges = [...new Set(texts.map(rangeOf))];
  if (ranges.length > ADDRESSES_MAX)
    throw invalid('addresses', 'too_many_addresses', { most: ADDRESSES_MAX });
  return ranges.length === 0 ? null : ranges;
}

function rangeOf(text: string): string {
  const name = text.trim();
  const [address = '', bits, ...more] = name.split('/');
  if (!isAddress(address) || more.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits)))
    throw invalid('addresses', 'bad_address', { name });
  const parsed = ipaddr.process(address);
  const most = parsed.kind() === 'ipv4' ? 32 : 128;
  // ::ffff:192.0.2.0/120 is 192.0.2.0/24.
  const given = bits === undefined ? most : Number(bits) - (address.includes(':') && most === 32 ? 96 : 0);
  if (given < 0 || given > most) throw invalid('addresses', 'bad_address', { name });
  const range = `${parsed.toString()}/${given}`;
  const network = networkOf(range, most);
  // More addresses than the person may have meant, or fewer.
  if (network !== parsed.toString())
    throw invalid('addresses', 'host_bits', { name, network: `${network}/${given}` });
  return range;
}

const isAddress = (text: string) =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || (ipaddr.IPv6.isValid(text) && !text.includes('%'));

const networkOf = (range: string, bits: number): string =>
  (bits === 32 ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(range).toString();

const invalid = (field: string, problem: string, values = {}) =>
  new UserError({ field, key: `key.error.${problem}`, values });

/** Returns whether the second limits allow anything that the first do not. */
export function isWidened(from: KeyLimits, to: KeyLimits): boolean {
  return (
    (to.expiresAt ?? Infinity) > (from.expiresAt ?? Infinity) ||
    hasMore(from.resources, to.resources, (one, other) => one === other) ||
    hasMore(from.addresses, to.addresses, isWithin)
  );
}

/** Returns whether anything of the second list is not covered by an entry of the first. `null`: all. */
function hasMore(
  from: readonly string[] | null,
  to: readonly string[] | null,
  isCovered: (one: string, by: string) => boolean,
): boolean {
  if (from === null) return false;
  return to === null || to.some((one) => !from.some((by) => isCovered(one, by)));
}

/** Returns whether one CIDR range is a part of another, or the same. */
function isWithin(one: string, other: string): boolean {
  const [[address, bits], [network, fewer]] = [ipaddr.parseCIDR(one), ipaddr.parseCIDR(other)];
  return bits >= fewer && address.kind() === network.kind() && address.match(network, fewer);
}

/** Returns when a key ends that is to end at this time: then, or at its own end if that is earlier. */
export const earlierEnd = ({ expiresAt }: KeyLimits, at: number): number => Math.min(at, expiresAt ?? at);

/** Returns whether there is any limit that an older server would ignore. */
export const isLimited = ({ expiresAt, resources, addresses }: KeyLimits): boolean =>
  expiresAt !== null || resources !== null || addresses !== null;

/** Returns whether two keys have the same limits. */
export const hasSameLimits = (one: KeyLimits, other: KeyLimits): boolean =>
  one.expiresAt === other.expiresAt &&
  joined(one.resources) === joined(other.resources) &&
  joined(one.addresses) === joined(other.addresses);

/** The limits as the history stores them. A limit that is not set is a word. */
export const limitTexts = ({ expiresAt, resources, addresses }: KeyLimits) => ({
  expires: expiresAt === null ? 'never' : new Date(expiresAt).toISOString(),
  resources: joined(resources) ?? 'all',
  addresses: joined(addresses) ?? 'any',
});

/** Returns only the limits that are set, as the history stores them. */
export function setLimits(limits: KeyLimits): Partial<ReturnType<typeof limitTexts>> {
  const { expires, resources, addresses } = limitTexts(limits);
  return {
    ...(limits.expiresAt === null ? {} : { expires }),
    ...(limits.resources === null ? {} : { resources }),
    ...(limits.addresses === null ? {} : { addresses }),
  };
}

/** The columns of the table that hold the limits. */
export interface LimitColumns {
  expires_at: number | null;
  /** Separated by blanks, as `addresses`. */
  resources: string | null;
  addresses: string | null;
}

/** Returns the limits as the table stores them. */
export const limitColumns = ({ expiresAt, resources, addresses }: KeyLimits): LimitColumns => ({
  expires_at: expiresAt,
  resources: joined(resources),
  addresses: joined(addresses),
});

/** Returns the groups of a row, without those that only a later version knows. */
export const resourcesOf = (stored: string): readonly Resource[] => stored.split(' ').filter(isResource);

/** Returns the limits of a row. */
export const limitsOf = ({ expires_at, resources, addresses }: LimitColumns): KeyLimits => ({
  expiresAt: expires_at,
  resources: resources === null ? null : resourcesOf(resources),
  addresses: addresses === null ? null : addresses.split(' '),
});

const joined = (values: readonly string[] | null): string | null => values?.join(' ') ?? null;
