export const ROLES = ['administrator', 'shop_manager', 'customer'] as const;
export type Role = (typeof ROLES)[number];

/** Returns whether a text is the name of a role. */
export function isRole(value: string): value is Role {
  return (ROLES as readonly string[]).includes(value);
}

/** The roles with WooCommerce's capability `manage_woocommerce`. */
export const MANAGER_ROLES: readonly Role[] = ['administrator', 'shop_manager'];

/** An account of the store, without its password. Times are milliseconds since 1970, UTC. */
export interface User {
  readonly userId: number;
  readonly login: string;
  readonly email: string;
  /** The displayed name. Default: the login. */
  readonly name: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly disabledAt: number | null;
}

/** What an account is called. Both login and email address sign in. */
export type AccountDetails = Pick<User, 'login' | 'email' | 'name'>;
export const ACCOUNT_DETAILS = [
  'login',
  'email',
  'name',
] as const satisfies readonly (keyof AccountDetails)[];

/** Returns whether this user may grant keys, and whether the keys that act for this user work. */
export function isManager(user: Pick<User, 'role' | 'disabledAt'>): boolean {
  return user.disabledAt === null && MANAGER_ROLES.includes(user.role);
}
