import { hash } from 'node:crypto';
import { passwordForm } from '../users/imported-password';
import type { ImportedAccount } from '../users/imported-user-store';
import { PERSON_NAME_MAX, personName } from '../users/person-name';
import { LOGIN_MAX } from '../users/account-details';
import type { Role, User } from '../users/user';
import { inShell } from '../storage/in-shell';
import { accountKey } from '../users/user-store';
import type { SeenUser } from './import-store';
import { userInWords, type Problem } from './problem';
import type { StagedUser } from './staged-rows';

/** A user of the source with the values that an account here can have. */
export interface SourceUser {
  readonly sourceUserId: number;
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly password: string;
}

/** Finds the account here with a name. `of this import`: another user of the source takes it. */
export type Lookup = (name: string) => Promise<User | 'of this import' | undefined>;

/** What is here of a user of the source. */
export interface UserSituation {
  readonly seen: SeenUser | undefined;
  /** The account that it became here. */
  readonly current: ImportedAccount | undefined;
  /** Returns the account here with this login, or this email address, in any case of letters. */
  readonly withLogin: Lookup;
  readonly withEmail: Lookup;
  readonly isLastAdministrator: boolean;
}

export interface UserChanges {
  readonly login?: string;
  readonly email?: string;
  readonly name?: string;
  readonly role?: Role;
  /** The hash that WordPress stores now. `null`: one that this server does not know. */
  readonly password?: string | null;
}

/** What an import does with a user. */
export type UserDecision =
  | {
      readonly does: 'insert';
      readonly account: Omit<SourceUser, 'password'> & { readonly password: string | null };
    }
  /** The account here has the same login and email address. It owns the keys and does not change. */
  | { readonly does: 'adopt'; readonly account: User }
  | { readonly does: 'change'; readonly current: ImportedAccount; readonly changes: UserChanges }
  /** `removed here`: with this server. */
  | { readonly does: 'nothing'; readonly because: 'removed here' };

interface Decided {
  readonly decision: UserDecision;
  readonly problems: readonly Problem[];
}

const LONGEST_EMAIL = 254;

/**
 * Returns what tells whether a stored password has changed. It is not the stored text, which would be
 * here for as long as the account. MD5 of a password has no salt, so only its form is kept.
 */
export const passwordMark = (stored: string): string =>
  passwordForm(stored) === 'md5' ? 'md5' : hash('sha256', stored, 'base64url');

/** Returns a user of the source with the values that an account here can have. */
export function sourceUser(user: StagedUser, role: Role): SourceUser {
  const login =
    Array.from(personName(user.login).replace(/\s+/g, ' ')).slice(0, LOGIN_MAX).join('').trim() ||
    `user-${user.userId}`;
  const name = Array.from(personName(user.name)).slice(0, PERSON_NAME_MAX).join('');
  const isAddress = /^[^\s@]+@[^\s@]+$/.test(user.email) && user.email.length <= LONGEST_EMAIL;
  return {
    sourceUserId: user.userId,
    login,
    // `.invalid` is reserved for names that never exist (RFC 2606 section 2).
    email: isAddress ? user.email : `user-${user.userId}@no-email.invalid`,
    name: name || login,
    role,
    password: user.password,
  };
}

/** Returns what to do with a user of the source, and what a person should know about it. */
export async function decideUser(user: SourceUser, situation: UserSituation): Promise<Decided> {
  const { seen, current } = situation;
  if (!seen) return decideNew(user, situation);
  if (!current) return { decision: { does: 'nothing', because: 'removed here' }, problems: [] };
  if (seen.existed || current.isExternal)
    return { decision: { does: 'adopt', account: current.user }, problems: [] };
  return decideChange(user, { ...situation, seen, current });
}

async function decideNew(user: SourceUser, { withLogin, withEmail }: UserSituation): Promise<Decided> {
  const problem = problemOf(user);
  const same = await withLogin(user.login);
  if (same && same !== 'of this import' && accountKey(same.email) === accountKey(user.email))
    return {
      decision: { does: 'adopt', account: same },
      problems: [
        problem(
          'existing account',
          'An account with this login and email address is here. It owns the keys, and its name, role and password stay as they are.',
          'Nothing has to be done, if both are the same person.',
        ),
      ],
    };
  const problems: Problem[] = [];
  // Sign-in takes a login or an email address, and looks for the login first. So a login may not be
  // the address of an account that was here before.
  const isFree = async (login: string) => {
    const holder = await withEmail(login);
    return !(await withLogin(login)) && (holder === undefined || holder === 'of this import');
  };
  const login = await freeLogin(user.login, isFree);
  if (login !== user.login)
    problems.push(
      problem(
        'login is taken',
        `Another account here has this login, so this one becomes ${JSON.stringify(login)}.`,
        `Tell the person, or run: npx wc-auth users edit ${inShell(login)} --login NEW_LOGIN`,
      ),
    );
  const isNew = async (address: string) => (await withEmail(address)) === undefined;
  const email = (await isNew(user.email)) ? user.email : await freeEmail(user, isNew);
  if (email !== user.email)
    problems.push(
      problem(
        'email is taken',
        `Another account has the email address ${user.email}, perhaps in other upper and lower case, so this one becomes ${email}.`,
        `The person can sign in with the login. To set another address: npx wc-auth users edit ${inShell(login)} --email ADDRESS`,
      ),
    );
  const password = knownPassword(user.password);
  if (password === null && passwordForm(user.password) === 'unknown')
    problems.push(unknownPassword(user, login));
  return {
    decision: { does: 'insert', account: { ...user, login, email, password } },
    problems,
  };
}

async function decideChange(
  user: SourceUser,
  situation: UserSituation & { readonly seen: SeenUser; readonly current: ImportedAccount },
): Promise<Decided> {
  const { seen, current, withLogin, withEmail, isLastAdministrator } = situation;
  const here = current.user;
  const problem = problemOf(user);
  const problems: Problem[] = [];
  const changes: { -readonly [Name in keyof UserChanges]: UserChanges[Name] } = {};
  for (const name of ['login', 'email', 'name', 'role'] as const) {
    if (user[name] === seen[name] || user[name] === here[name]) continue;
    if (here[name] !== seen[name])
      problems.push(
        problem(
          'changed here',
          `WordPress has another ${name} since the last import, but so has this server. What is here stays.`,
          `If need be, change it: npx wc-auth users ${name === 'role' ? 'set-role' : 'edit'} ${inShell(here.login)}`,
        ),
      );
    else if (name === 'login' && holds(await withLogin(user.login), here))
      problems.push(
        problem(
          'login is taken',
          `Another account here has the login ${JSON.stringify(user.login)}, so this one stays ${JSON.stringify(here.login)}.`,
          `To set another login: npx wc-auth users edit ${inShell(here.login)} --login NEW_LOGIN`,
        ),
      );
    else if (name === 'email' && holds(await withEmail(user.email), here))
      problems.push(
        problem(
          'email is taken',
          `Another account here has the email address ${user.email}, so this one stays ${here.email}.`,
          `To set another address: npx wc-auth users edit ${inShell(here.login)} --email ADDRESS`,
        ),
      );
    else if (name === 'role' && isLastAdministrator && user.role !== 'administrator')
      problems.push(
        problem(
          'last administrator',
          'The user is not an administrator in WordPress any more, but is the last one here, so the role stays.',
          `Make another account an administrator, and run: npx wc-auth users set-role ${inShell(here.login)} ${user.role}`,
        ),
      );
    else Object.assign(changes, { [name]: user[name] });
  }
  // A password that was set here since then stays. One that WordPress only stores in another form
  // cannot be told from a new one, so the person signs in with the new hash once more.
  if (passwordMark(user.password) !== seen.password && current.passwordIsImported) {
    changes.password = knownPassword(user.password);
    if (changes.password === null && passwordForm(user.password) === 'unknown')
      problems.push(unknownPassword(user, here.login));
  }
  return { decision: { does: 'change', current, changes }, problems };
}

const holds = (holder: Awaited<ReturnType<Lookup>>, here: Pick<User, 'userId'>): boolean =>
  holder !== undefined && (holder === 'of this import' || holder.userId !== here.userId);

const problemOf =
  (user: SourceUser) =>
  (kind: Problem['kind'], message: string, fix: string): Problem => ({
    kind,
    about: userInWords(user.login, user.sourceUserId),
    message,
    fix,
  });

const unknownPassword = (user: SourceUser, login: string): Problem =>
  problemOf(user)(
    'unknown password',
    'The password is stored in a form that this server does not know, so it does not sign in.',
    `Set one: npx wc-auth users set-password ${inShell(login)}`,
  );

/** Returns a hash that sign-in can check, or `null`. */
function knownPassword(stored: string): string | null {
  const form = passwordForm(stored);
  return form === 'unknown' || form === 'unusable' ? null : stored;
}

/** Returns the login, or the first of `login-2`, `login-3` … that is free. */
async function freeLogin(login: string, isFree: (login: string) => Promise<boolean>): Promise<string> {
  for (let number = 1; ; number++) {
    const ending = number === 1 ? '' : `-${number}`;
    const start = Array.from(login).slice(0, LOGIN_MAX - ending.length);
    const tried = start.join('') + ending;
    if (await isFree(tried)) return tried;
  }
}

/** Returns a free address that reaches the same mailbox in most systems (RFC 5233). */
async function freeEmail(
  { email, sourceUserId }: SourceUser,
  isFree: (email: string) => Promise<boolean>,
): Promise<string> {
  const at = email.lastIndexOf('@');
  for (let number = 1; ; number++) {
    const detail = `+wordpress-${sourceUserId}${number === 1 ? '' : `-${number}`}`;
    const tried = email.slice(0, at) + detail + email.slice(at);
    if (await isFree(tried)) return tried;
  }
}
