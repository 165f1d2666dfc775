import { UserError } from '../errors/user-error';
import { PERSON_NAME_MAX, personName } from './person-name';
import { ACCOUNT_DETAILS, type AccountDetails } from './user';

/** The maximum length of a login in characters, that of WordPress's column. */
export const LOGIN_MAX = 60;

/** Returns a value that was typed, as an error repeats it. */
export const quoted = (typed: string): string => JSON.stringify(personName(typed).slice(0, 200));

/** For each detail of an account, a check that throws a UserError if the value is not allowed. */
export const DETAIL_CHECKS: Readonly<Record<keyof AccountDetails, (value: string) => void>> = {
  login(login) {
    // A login with an `@` could pass for another user's email address at sign-in.
    if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,59}$/u.test(login))
      throw new UserError({ field: 'login', key: 'users.error.login', values: { login: quoted(login) } });
  },
  email(email) {
    if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254)
      throw new UserError({ field: 'email', key: 'users.error.email', values: { email: quoted(email) } });
  },
  name(name) {
    if (Array.from(personName(name)).length > PERSON_NAME_MAX)
      throw new UserError({ field: 'name', key: 'users.error.name', values: { max: PERSON_NAME_MAX } });
  },
};

/**
 * Returns details as they are stored. Without a visible character, the name is the login.
 * @throws UserError
 */
export function accountDetails(typed: {
  readonly login: string;
  readonly email: string;
  readonly name?: string | undefined;
}): AccountDetails {
  const { login, email, name = '' } = typed;
  const details = { login, email, name };
  for (const one of ACCOUNT_DETAILS) DETAIL_CHECKS[one](details[one]);
  return { login, email, name: personName(name) || login };
}
