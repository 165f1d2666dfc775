import type { Knex } from 'knex';
import type { Dialect } from '../server/storage/dialect';
import * as initial from './0001-initial';
import * as failedSignIns from './0002-failed-sign-ins';

/**
 * One step of the schema. Steps only add: the version before must be able to run beside the version after. One that makes
 * `consumer_keys` or `users` anew on SQLite, as knex does to alter a column, has to make their triggers anew: they tell servers
 * that a key they remember was revoked.
 */
export interface Migration {
  readonly name: string;
  up(knex: Knex, dialect: Dialect): Promise<void>;
  down(knex: Knex): Promise<void>;
}

/**
 * Every step in its order. An explicit list, because a folder read at run time names its files `.ts` or `.js`
 * depending on how the server was started, and knex takes the one for a corruption of the other.
 */
export const migrations: readonly Migration[] = [
  { name: '0001-initial', ...initial },
  { name: '0002-failed-sign-ins', ...failedSignIns },
];
