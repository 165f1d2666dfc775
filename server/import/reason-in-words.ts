import { isManager, type User } from '../users/user';
import type { RoleReason } from './wordpress/capabilities';

/** Why a key has no access. `disabled`: its owner's account, on this server. */
export type RestingReason = RoleReason | { readonly kind: 'disabled' };

/** Returns why an account here may not manage the store. `undefined`: it may. */
export function accountReason({
  role,
  disabledAt,
}: Pick<User, 'role' | 'disabledAt'>): RestingReason | undefined {
  if (isManager({ role, disabledAt })) return undefined;
  return disabledAt === null ? { kind: 'role', names: [role] } : { kind: 'disabled' };
}

/** Returns why a user may not manage the store, as the end of a sentence. */
export function reasonInWords(reason: RestingReason): string {
  switch (reason.kind) {
    case 'no-role':
      return 'the user has no role there';
    case 'taken-away':
      return 'the capability manage_woocommerce was removed from the user';
    case 'role':
      return `the role is ${reason.names.join(', ')}`;
    case 'custom-role':
      return `the role is ${reason.name}`;
    case 'disabled':
      return 'the account is disabled on this server';
    case 'unreadable':
      return `the roles of the user cannot be read (${reason.message})`;
  }
}
