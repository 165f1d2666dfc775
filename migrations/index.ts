import type { Knex } from 'knex';
import type { Dialect } from '../server/storage/dialect';
import * as initial from './0001-initial';
import * as failedSignIns from './0002-failed-sign-ins';
import * as imported from './0003-import';
import * as externalSignIn from './0004-external-sign-in';
import * as keyLimits from './0005-key-limits';

/**
 * One step of the schema. Steps only add, because the previous version has to work beside the next
 * one. A step that recreates `consumer_keys` or `users` on SQLite, as knex does to alter a column,
 * has to recreate their triggers. The triggers tell servers that a cached key was revoked.
 */
export interface Migration {
  readonly name: string;
  up(knex: Knex, dialect: Dialect): Promise<void>;
  down(knex: Knex, dialect: Dialect): Promise<void>;
}

/**
 * Every step in order. The list is explicit: a folder that is read at run time has `.ts` or `.js`
 * files, depending on how the server was started, and knex treats a different name as corruption.
 */
export const migrations: readonly Migration[] = [
  { name: '0001-initial', ...initial },
  { name: '0002-failed-sign-ins', ...failedSignIns },
  { name: '0003-import', ...imported },
  { name: '0004-external-sign-in', ...externalSignIn },
  { name: '0005-key-limits', ...keyLimits },
];
