import type { Database, PostgresOptions } from '../database';
export function openPostgres(_options: PostgresOptions): Database {
  throw new Error('not yet');
}
