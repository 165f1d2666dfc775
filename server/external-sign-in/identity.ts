import type { Role } from '../users/user';
import type { ExternalSubject } from '../users/sign-in-way';

/** What another system says of a person, after its proof was checked. */
export interface Identity {
  readonly subject: ExternalSubject;
  /** What the login of a new account is made from. */
  readonly preferredLogin: string;
  readonly email?: string;
  readonly name?: string;
  /** The mapped role. `undefined`: none of the person's groups has one. */
  readonly role?: Role;
}
