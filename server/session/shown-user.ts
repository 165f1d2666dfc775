import type { User } from '../users/user';

/** Who is signed in. */
export interface ShownUser {
  readonly displayName: string;
  readonly login: string;
}

export const showUser = (user: User): ShownUser => ({ displayName: user.name, login: user.login });
