import type { RoleReason } from './wordpress/capabilities';

/** Returns why a user may not manage the store, as the end of a sentence. */
export function reasonInWords(reason: RoleReason): string {
  switch (reason.kind) {
    case 'no-role':
      return 'the user has no role there';
    case 'taken-away':
      return 'the capability manage_woocommerce was removed from the user';
    case 'role':
      return `the role is ${reason.names.join(', ')}`;
    case 'custom-role':
      return `the role is ${reason.name}`;
    case 'unreadable':
      return `the roles of the user cannot be read (${reason.message})`;
  }
}
