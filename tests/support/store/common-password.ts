import { passwords } from '../../../server/users/passwords';

/** The password of every account that tests make. */
export const PASSWORD = 'correct horse battery';

const HASH = 'WC_AUTH_TESTS_PASSWORD_HASH';

/** Hashes the common password once, for all suites of a run. Jest's setup calls it. */
export async function hashCommonPassword(): Promise<void> {
  process.env[HASH] = await passwords().hash(PASSWORD);
}

/** Returns a hash of the common password. */
export const commonPasswordHash = (): Promise<string> =>
  Promise.resolve(process.env[HASH] ?? passwords().hash(PASSWORD));
