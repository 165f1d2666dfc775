import type { AuditLog } from '../audit/audit-log';
import type { SessionStore } from '../session/session-store';
import type { Database } from '../storage/database';
import type { AddExternalUser, ExternalUserService } from '../users/external-user-service';
import type { ExternalSubject } from '../users/sign-in-way';
import { MANAGER_ROLES, type Role, type User } from '../users/user';
import type { UserService } from '../users/user-service';
import { auditedAs, type Actor } from './actor';

export interface ExternalUserAdministrationDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly users: UserService;
  readonly externalUsers: ExternalUserService;
  readonly sessionRecords: Pick<SessionStore, 'closeAllOf'>;
  readonly audit: AuditLog;
  readonly now: () => number;
}

export type ExternalUserAdministration = ReturnType<typeof externalUserAdministration>;

/**
 * Changes to accounts that another system keeps: by a sign-in, or on the command line. Each change and
 * its audit entry are one transaction.
 */
export function externalUserAdministration(dependencies: ExternalUserAdministrationDependencies) {
  const { database, users, externalUsers, sessionRecords, audit, now } = dependencies;
  const entryOf = (by: Actor) => ({ at: now(), ...auditedAs(by) });
  const accountOf = ({ userId, login }: User, by: Actor) => ({ by: by.how, userId, login });

  return {
    /**
     * Stores the account of a person who signs in for the first time.
     * @throws UserError; a unique violation if the person has an account now.
     */
    add: (account: Omit<AddExternalUser, 'now'>, by: Actor): Promise<User> =>
      externalUsers.add({ ...account, now: now() }, (user, within) => {
        const detail = { ...accountOf(user, by), role: user.role };
        const who = { userId: user.userId, login: user.login };
        return audit.record({ event: 'user.added', ...entryOf(by), ...who, detail }, within);
      }),

    /**
     * Gives an account the role that the other system says, even if no administrator remains. With a
     * role that may not manage, its keys rest and its sessions end, at once.
     */
    followRole: (user: User, role: Role, by: Actor): Promise<void> =>
      database.transaction(async (within) => {
        const current = await users.find(user.userId, within);
        if (!current || current.role === role) return;
        await users.setRole(user.userId, role, within);
        if (!MANAGER_ROLES.includes(role)) await sessionRecords.closeAllOf(user.userId, within);
        const detail = { ...accountOf(user, by), from: current.role, to: role };
        await audit.record({ event: 'user.role_changed', ...entryOf(by), detail }, within);
      }),

    /**
     * Links an account to whom the other system means by a subject. Its password and its sessions end.
     * @throws UserError if one of them is linked already.
     */
    link: (user: User, subject: ExternalSubject, by: Actor): Promise<void> =>
      externalUsers.link(user, subject, now(), async (within) => {
        await sessionRecords.closeAllOf(user.userId, within);
        const detail = { ...accountOf(user, by), ...subject };
        await audit.record({ event: 'user.linked', ...entryOf(by), detail }, within);
      }),

    /**
     * Makes an external account one of this server. Its sessions end.
     * @throws UserError if the account is not external.
     */
    unlink: (user: User, by: Actor): Promise<void> =>
      externalUsers.unlink(user, async (subject, within) => {
        await sessionRecords.closeAllOf(user.userId, within);
        const detail = { ...accountOf(user, by), ...subject };
        await audit.record({ event: 'user.unlinked', ...entryOf(by), detail }, within);
      }),
  };
}
