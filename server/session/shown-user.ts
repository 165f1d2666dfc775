import type { ShownUser } from '../http/pages';
import type { User } from '../users/user';

export const showUser = (user: User): ShownUser => ({ displayName: user.name, login: user.login });
