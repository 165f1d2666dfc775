import type { User } from '../users/user';

/** The signed-in user, as pages show it. */
export interface ShownUser {
  readonly displayName: string;
  readonly login: string;
}

/** Returns what every page shows of the user who is signed in. */
export const showUser = (user: User): ShownUser => ({ displayName: user.name, login: user.login });
