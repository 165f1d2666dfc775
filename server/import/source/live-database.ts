import { connectToMysql, type MysqlLimits } from './mysql-connection';
import { mysqlError } from './mysql-errors';
import { mysqlAddress } from './mysql-url';
import { readTables } from './read-tables';
import type { Source } from './source';

export interface LiveDatabaseOptions {
  readonly password?: (() => Promise<string | undefined>) | undefined;
  readonly limits?: MysqlLimits;
}

const LIMITS: MysqlLimits = { connectMs: 10_000, idleMs: 300_000 };

/**
 * Returns a database that is in use as a source. It is read in one transaction, which sees one moment
 * and cannot write.
 *
 * @throws ImportError if the address is wrong.
 */
export function liveDatabase(from: string, { password, limits = LIMITS }: LiveDatabaseOptions): Source {
  const address = mysqlAddress(from);
  return {
    place: address.place,
    async read(options) {
      const { signal } = options;
      signal?.throwIfAborted();
      const secret = await password?.();
      try {
        const connection = await connectToMysql(address, secret, limits);
        const stop = () => connection.end(new Error('aborted'));
        signal?.addEventListener('abort', stop);
        try {
          signal?.throwIfAborted();
          return await readTables(connection, address, options);
        } finally {
          signal?.removeEventListener('abort', stop);
          connection.end();
        }
      } catch (error) {
        signal?.throwIfAborted();
        throw mysqlError(error, address);
      }
    },
  };
}
