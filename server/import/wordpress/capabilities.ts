import type { Role } from '../../users/user';
import {
  isPhpArray,
  isTruthy,
  SerializedError,
  unserialize,
  type PhpArray,
  type PhpValue,
} from './php-serialized';

/** What a user of WordPress becomes here. */
export interface RoleHere {
  readonly role: Role;
  /** Why the user may not manage the store. `undefined`: the user may. */
  readonly reason?: RoleReason;
}

export type RoleReason =
  | { readonly kind: 'no-role' }
  /** A role has the capability, and the user's own entry denies it. */
  | { readonly kind: 'taken-away' }
  /** No role has the capability. */
  | { readonly kind: 'role'; readonly names: readonly string[] }
  /**
   * Only a role that WordPress and WooCommerce do not have gives the capability. `isJudged` is false
   * if the source does not list the capabilities of roles, so that it may or may not give it.
   */
  | { readonly kind: 'custom-role'; readonly name: string; readonly isJudged: boolean }
  /** `message` says what is wrong with the stored text. */
  | { readonly kind: 'unreadable'; readonly message: string };

export interface SiteRolesOptions {
  /** The option `{p}user_roles`. `undefined`: the source has no options. */
  readonly userRoles: string | undefined;
  /** `site_admins` of a network, in `{p}sitemeta`. */
  readonly siteAdmins: string | undefined;
  /** What a person said roles become here. Counts even for a role without the capability. */
  readonly mapped: ReadonlyMap<string, Role>;
}

/** The roles of one site of WordPress. */
export interface SiteRoles {
  /**
   * Returns what a user becomes here.
   * @param capabilities the user's metadata `{p}capabilities`. `undefined`: there is no such row.
   */
  readonly roleOf: (login: string, capabilities: string | null | undefined) => RoleHere;
  /** Why `userRoles` cannot be read, so that only the stock roles count. */
  readonly problem: string | undefined;
  /** Why `siteAdmins` cannot be read, so that no user is a super admin. */
  readonly siteAdminsProblem: string | undefined;
}

const MANAGE = 'manage_woocommerce';
/** The roles of WordPress and WooCommerce, and whether they may manage the store as installed. */
const STOCK_ROLES: ReadonlyMap<string, boolean> = new Map([
  ['administrator', true],
  ['shop_manager', true],
  ['editor', false],
  ['author', false],
  ['contributor', false],
  ['subscriber', false],
  ['customer', false],
]);

/**
 * Reads the roles of a site, and judges its users as WordPress does (WP_User::get_role_caps):
 * the capabilities of all the user's roles, then the user's own entries on top. `false` denies.
 */
export function siteRoles({ userRoles, siteAdmins, mapped }: SiteRolesOptions): SiteRoles {
  const roles = readArray(userRoles);
  const admins = readArray(siteAdmins);
  const superAdmins = new Set(admins.array?.values());
  const site: RolesOfSite = {
    isListed: roles.array !== undefined,
    manages: roles.array ? capabilityByRole(roles.array) : STOCK_ROLES,
    mapped,
  };

  return {
    problem: roles.problem,
    siteAdminsProblem: admins.problem,
    roleOf(login, capabilities) {
      // Before it looks at roles, and with the same spelling of the login (is_super_admin).
      if (superAdmins.has(login)) return { role: 'administrator' };
      const { array = new Map(), problem } = readArray(capabilities);
      if (problem !== undefined)
        return { role: 'customer', reason: { kind: 'unreadable', message: problem } };
      return roleIn(array, site);
    },
  };
}

interface RolesOfSite {
  /** Whether the source has a list of roles. */
  readonly isListed: boolean;
  /** Each role of the site, and what it says about the capability, if anything. */
  readonly manages: ReadonlyMap<string, boolean | undefined>;
  readonly mapped: ReadonlyMap<string, Role>;
}

function roleIn(own: PhpArray, { isListed, manages, mapped }: RolesOfSite): RoleHere {
  const entries = [...own]
    .filter(([name, value]) => name !== MANAGE && isTruthy(value))
    .map(([name]) => name);
  const roles = entries.filter((name) => mapped.has(name) || manages.has(name));
  const mappedTo = new Set(roles.map((name) => mapped.get(name)));
  const judged = roles.filter((name) => !mapped.has(name));

  const isMapped = mappedTo.has('administrator') || mappedTo.has('shop_manager');
  // A later role wins, because WordPress merges them one after another.
  const isOfRoles = judged.map((name) => manages.get(name)).findLast((says) => says !== undefined) === true;
  const isGiven = isMapped || isOfRoles;
  const isOwn = own.has(MANAGE);
  const isOwnTrue = isTruthy(own.get(MANAGE));

  if (isOwn ? !isOwnTrue : !isGiven) {
    const reason = (): RoleReason => {
      const [first] = entries;
      if (isGiven) return { kind: 'taken-away' };
      if (first === undefined) return { kind: 'no-role' };
      if (!isListed && !isOwn && roles.length === 0)
        return { kind: 'custom-role', name: first, isJudged: false };
      return { kind: 'role', names: roles.length > 0 ? roles : entries };
    };
    return { role: 'customer', reason: reason() };
  }
  if (mappedTo.has('administrator') || judged.includes('administrator')) return { role: 'administrator' };
  const holders = judged.filter((name) => manages.get(name) === true);
  const custom = holders.find((name) => !STOCK_ROLES.has(name));
  const isTrusted = isOwn || isMapped || holders.some((name) => STOCK_ROLES.has(name));
  return isTrusted || custom === undefined
    ? { role: 'shop_manager' }
    : { role: 'customer', reason: { kind: 'custom-role', name: custom, isJudged: true } };
}

function capabilityByRole(roles: PhpArray): Map<string, boolean | undefined> {
  const says = (role: PhpValue): boolean | undefined => {
    const capabilities = isPhpArray(role) ? role.get('capabilities') : undefined;
    return isPhpArray(capabilities) && capabilities.has(MANAGE)
      ? isTruthy(capabilities.get(MANAGE))
      : undefined;
  };
  return new Map([...roles].map(([name, role]) => [name, says(role)]));
}

/** For WordPress, an empty text means no entries. */
function readArray(text: string | null | undefined): { array?: PhpArray; problem?: string } {
  if (text == null || text.trim() === '') return {};
  try {
    const value = unserialize(text);
    return isPhpArray(value) ? { array: value } : { problem: 'it is not an array' };
  } catch (error) {
    if (error instanceof SerializedError) return { problem: error.message };
    throw error;
  }
}
