import { isRole, ROLES, type Role } from './user';

/** Which group of another system has which role here. */
export type RoleMapping = ReadonlyMap<string, Role>;

/**
 * Parses `store-admins=administrator,ops=shop_manager`. The name of a group may contain `=`, and no
 * comma.
 *
 * @returns `undefined` if a part has another form, names no role, or a group is there twice.
 */
export function parseRoleMapping(text: string): RoleMapping | undefined {
  const mapping = new Map<string, Role>();
  for (const part of text.split(',')) {
    const at = part.lastIndexOf('=');
    const [group, role] = [part.slice(0, Math.max(0, at)).trim(), part.slice(at + 1).trim()];
    if (group === '' || !isRole(role) || mapping.has(group)) return undefined;
    mapping.set(group, role);
  }
  return mapping;
}

/** Returns the role with the most rights that one of the groups has, or `undefined`. */
export function roleOf(groups: readonly string[], mapping: RoleMapping): Role | undefined {
  const roles = new Set(groups.map((group) => mapping.get(group)));
  return ROLES.find((role) => roles.has(role));
}
