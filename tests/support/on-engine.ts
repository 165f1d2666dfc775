import { onPostgres } from './test-database';

/** For what only SQLite has: files, their lock, their pragmas. */
export const testOnSqlite = onPostgres ? test.skip : test;
export const describeOnSqlite = onPostgres ? describe.skip : describe;
/** For what only PostgreSQL has. */
export const describeOnPostgres = onPostgres ? describe : describe.skip;
