import { MANAGER_ROLES, type Role } from '../users/user';
import { userInWords, type Problem } from './problem';
import type { StagedUser } from './staged-rows';
import type { RoleHere } from './wordpress/capabilities';

interface DecidedRole {
  readonly role: Role;
  readonly problems: readonly Problem[];
}

export interface RoleSituation {
  /** What the source says now. */
  readonly inSource: RoleHere;
  /** The role at the last import. `undefined`: the user is new. */
  readonly before: Role | undefined;
  /** Whether no user may lose the access to the store. */
  readonly holdsBack: boolean;
}

/** Returns the role that a user gets here. */
export function decideRole(user: StagedUser, { inSource, before, holdsBack }: RoleSituation): DecidedRole {
  const { role, reason } = inSource;
  if (before === undefined || reason === undefined) return { role, problems: [] };
  const about = userInWords(user.login, user.userId);
  // A text that is damaged in this dump says nothing about the role that was read before.
  if (reason.kind === 'unreadable')
    return {
      role: before,
      problems: [
        {
          kind: 'unreadable role',
          about,
          message: `The roles of the user cannot be read, so the account keeps the role ${before} of the last import.`,
          fix: 'The text of the dump was changed. Export again.',
        },
      ],
    };
  // The last run may have had a --map-role for it. WooCommerce itself lets such a user manage the store.
  if (reason.kind === 'custom-role' && MANAGER_ROLES.includes(before))
    return {
      role: 'shop_manager',
      problems: [
        {
          kind: 'custom role',
          about,
          message: `The role is ${reason.name}, for which this run has no --map-role. The user could manage the store at the last import, so the account is still a shop manager.`,
          fix: 'Nothing has to be done, if that is right. Otherwise, run: npx wc-auth users set-role LOGIN customer',
        },
      ],
    };
  const isHeld = holdsBack && MANAGER_ROLES.includes(before);
  return { role: isHeld ? before : role, problems: [] };
}
