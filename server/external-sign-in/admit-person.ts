import type { Actor } from '../administration/actor';
import type { ExternalUserAdministration } from '../administration/external-user-administration';
import type { UserAdministration } from '../administration/user-administration';
import { PERSON_NAME_MAX } from '../users/person-name';
import { UserError } from '../errors/user-error';
import { isUniqueViolation } from '../storage/errors';
import type { ProvenUser } from '../users/authentication';
import type { User } from '../users/user';
import type { ExternalUserService } from '../users/external-user-service';
import type { UserService } from '../users/user-service';
import type { Identity } from './identity';
import type { RejectionReason } from './rejected-sign-ins';

export interface AdmissionDependencies {
  readonly users: UserService;
  readonly externalUsers: ExternalUserService;
  readonly externalUserAdministration: ExternalUserAdministration;
  readonly userAdministration: UserAdministration;
}

export type Admission =
  | { readonly proven: ProvenUser }
  | { readonly rejected: RejectionReason; readonly account?: User | undefined };

export type AdmitPerson = ReturnType<typeof admitPerson>;

/**
 * Returns the function that finds or makes the account of a person whom another system has signed in.
 *
 * The account is the one of the issuer's subject, and no other. Its role becomes the one that the other
 * system says. Without a role, its keys rest from this moment, and the person is rejected.
 */
export function admitPerson(dependencies: AdmissionDependencies) {
  const { users, externalUsers, externalUserAdministration, userAdministration } = dependencies;

  async function admit(identity: Identity, address: string): Promise<Admission> {
    const found = await externalUsers.find(identity.subject);
    return found ? welcomeBack(found, identity, address) : welcome(identity, address);
  }

  async function welcome(identity: Identity, address: string): Promise<Admission> {
    const { subject, preferredLogin, email, name = '', role } = identity;
    if (role === undefined) return { rejected: 'no_role' };
    if (email === undefined) return { rejected: 'no_email' };
    const account = { subject, preferredLogin, email, name: cut(name), role };
    try {
      return proven(await externalUserAdministration.add(account, { how: 'sign-in', address }), identity);
    } catch (error) {
      const isKnown = error instanceof UserError;
      if (!isKnown && !isUniqueViolation(error)) throw error;
      // The same person may have come first in this moment, in another tab. Then the address is taken by
      // their own account.
      const own = await externalUsers.find(subject);
      if (own) return welcomeBack(own, identity, address);
      return { rejected: isKnown ? reasonOf(error) : 'email_taken' };
    }
  }

  async function welcomeBack(account: User, identity: Identity, address: string): Promise<Admission> {
    const { role, email = account.email, name = '' } = identity;
    const by: Actor = { how: 'sign-in', userId: account.userId, login: account.login, address };
    // Applied first, because it must take effect even if the person is rejected.
    await externalUserAdministration.followRole(account, role ?? 'customer', by);
    if (account.disabledAt !== null) return { rejected: 'disabled', account };
    if (role === undefined) return { rejected: 'no_role', account };
    try {
      await userAdministration.edit(account, { email, ...(name === '' ? {} : { name: cut(name) }) }, by);
    } catch (error) {
      if (error instanceof UserError) return { rejected: reasonOf(error), account };
      throw error;
    }
    return proven(account, identity);
  }

  function proven(user: User, { subject }: Identity): Admission {
    return {
      proven: {
        user,
        async stillHolds(within) {
          const [now, linked] = [
            await users.find(user.userId, within),
            await externalUsers.subjectOf(user.userId, within),
          ];
          return (
            now?.disabledAt === null && linked?.subject === subject.subject && linked.way === subject.way
          );
        },
      },
    };
  }

  return admit;
}

/** Returns what of a name is stored. Only the other system can shorten it. */
const cut = (name: string): string => Array.from(name).slice(0, PERSON_NAME_MAX).join('');

const reasonOf = ({ text }: UserError): RejectionReason =>
  text.key === 'users.error.email_taken' ? 'email_taken' : 'bad_email';
