import { UserError } from '../errors/user-error';

/** Makes sure that every running server knows the limits of keys. */
export type LimitGuard = () => Promise<void>;

/**
 * Returns the check to make before a limit is set. A server of an older version on the same database
 * would ignore it.
 * @param olderServers lists them, described for an operator
 * @throws UserError that names the servers to upgrade
 */
export function limitGuard(olderServers: () => Promise<readonly string[]>): LimitGuard {
  return async () => {
    const servers = await olderServers();
    if (servers.length > 0)
      throw new UserError({
        field: 'limits',
        key: 'key.error.older_server',
        values: { count: servers.length, servers: servers.join('; ') },
      });
  };
}
