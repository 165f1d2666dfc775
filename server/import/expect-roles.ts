import type { Site } from './site';
import { ImportError } from './source/source';
import { META_SUFFIX, USERS_SUFFIX, type StagedRows } from './staged-rows';

/**
 * Checks that a source with users says what they may do. Without that, every account would lose its
 * role, and every key its access.
 * @throws ImportError
 */
export function expectRoles(staged: StagedRows, { prefix, usersPrefix }: Site): void {
  if (usersPrefix === undefined || staged.hasUsers(usersPrefix) === undefined) return;
  staged.expectReadable(usersPrefix + META_SUFFIX);
  // A network may have no user but its super admins, who have a role on every site.
  const isKnown =
    staged.hasUserMeta(usersPrefix, `${prefix}capabilities`) !== undefined ||
    staged.networkOption(usersPrefix, 'site_admins') !== undefined;
  if (isKnown) return;
  throw new ImportError(
    `The source has the table ${usersPrefix}${USERS_SUFFIX}, but nothing named ${prefix}capabilities in ${usersPrefix}${META_SUFFIX}, which says what each user may do. Export both tables of the same store.`,
  );
}
