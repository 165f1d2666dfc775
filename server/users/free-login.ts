import { LOGIN_MAX } from './account-details';

/** The longest suffix is `-99999`. */
const SUFFIX_MAX = 6;

/**
 * Returns the first free login made from a name: the name itself, or with `-2`, `-3` and so on. Of an
 * email address, it is the part before the `@`. What a login may not have becomes a dash.
 */
export async function freeLogin(name: string, isTaken: (login: string) => Promise<boolean>): Promise<string> {
  const base = loginFrom(name);
  for (let number = 1; ; number++) {
    const login = number === 1 ? base : `${base}-${number}`;
    if (!(await isTaken(login))) return login;
  }
}

function loginFrom(name: string): string {
  const allowed = (name.normalize('NFKC').split('@')[0] ?? '')
    .replace(/[^\p{L}\p{N} ._-]+/gu, '-')
    .replace(/^[^\p{L}\p{N}]+/u, '');
  const cut = Array.from(allowed)
    .slice(0, LOGIN_MAX - SUFFIX_MAX)
    .join('')
    .trimEnd();
  return cut === '' ? 'user' : cut;
}
