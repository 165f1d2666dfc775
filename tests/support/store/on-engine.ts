import { onPostgres } from './test-database';

/** For features that only SQLite has: files, their lock, their pragmas. */
export const testOnSqlite = onPostgres ? test.skip : test;
export const describeOnSqlite = onPostgres ? describe.skip : describe;
/** For features that only PostgreSQL has. */
export const describeOnPostgres = onPostgres ? describe : describe.skip;
