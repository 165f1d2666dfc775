import { isPermissions, type Permissions } from '../consumer-keys/consumer-key';
import { DESCRIPTION_MAX } from '../consumer-keys/description';
import { UserError } from '../errors/user-error';
import type { User } from '../users/user';

/**
 * Checks the fields that every form of a key has. `undefined` stands for a description that is not
 * allowed, and for an owner who cannot be chosen.
 * @throws UserError for a value that a person can correct
 */
export function checkedKeyFields(typed: {
  readonly description: string | undefined;
  readonly permissions: string;
  readonly owner: User | undefined;
}): { description: string; permissions: Permissions; owner: User } {
  const { description, permissions, owner } = typed;
  if (description === undefined)
    throw new UserError({
      field: 'description',
      key: 'key.bad_description',
      values: { most: DESCRIPTION_MAX },
    });
  if (!isPermissions(permissions)) throw new UserError({ field: 'permissions', key: 'key.bad_permissions' });
  if (!owner) throw new UserError({ field: 'owner', key: 'key.bad_owner' });
  return { description, permissions, owner };
}
