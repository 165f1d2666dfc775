import { accessSync, constants } from 'node:fs';
import type { Config } from '../config';
import type { Database } from '../storage/database';
import { codeOf } from '../storage/error-codes';
import { fileOf, openDatabase, placeOf } from '../storage/drivers';
import { isUnusable, UnusableDatabaseError, withoutBoundValues } from '../storage/errors';
import { hasSchema, pendingSteps, SchemaTooNewError } from '../storage/migrate';
import { INIT_COMMAND, NoStoreError, rejectMissingFile } from '../storage/no-store';
import { rejectUnfinishedMove, UnfinishedMoveError } from '../storage/move/unfinished-move';
import { ok, problem, RUN_AS_SERVER, type Finding } from './finding';

/** What was found about the database, and the database itself if it can be used. */
export interface CheckedDatabase {
  readonly findings: readonly Finding[];
  readonly database: Database | undefined;
}

/** Opens the database as it is. Creates none and changes no schema. */
export async function checkDatabase(options: Config['database']): Promise<CheckedDatabase> {
  const place = placeOf(options);
  const unusable = (detail: string, fix?: string): CheckedDatabase => ({
    findings: [problem('database', detail, fix)],
    database: undefined,
  });
  let database: Database | undefined;
  const closed = async (result: CheckedDatabase) => {
    await database?.close();
    return result;
  };
  try {
    const blocked = blockedFile(options);
    if (blocked !== undefined) return unusable(...blocked);
    rejectMissingFile(options);
    database = openDatabase(options);
    await rejectUnfinishedMove(database.knex);
    if (!(await hasSchema(database.knex))) throw new NoStoreError(options);
    const pending = await pendingSteps(database.knex);
    if (pending.length > 0)
      return await closed(
        unusable(
          `The schema of ${place} is older than this version. It lacks ${pending.join(', ')}.`,
          'npx wc-auth migrate',
        ),
      );
    return { findings: [ok('database', `${place} answers, and its schema is current.`)], database };
  } catch (error) {
    return closed(unusable(...described(options, error)));
  }
}

/** Says why this account cannot open the file of the database. */
function blockedFile(options: Config['database']): [detail: string, fix: string] | undefined {
  const file = fileOf(options);
  if (file === undefined) return undefined;
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    return [
      `The database ${file} cannot be opened (${code}).`,
      ['EACCES', 'EPERM'].includes(code)
        ? RUN_AS_SERVER
        : code === 'EROFS'
          ? 'Mount the file system for writing.'
          : 'Correct the path in DATABASE_URL.',
    ];
  }
}

function described(options: Config['database'], error: unknown): [detail: string, fix?: string] {
  if (error instanceof NoStoreError)
    return [
      `There is no store in the database ${placeOf(options)}.`,
      `Name the right database in DATABASE_URL. For a new store, run: ${INIT_COMMAND}`,
    ];
  if (error instanceof SchemaTooNewError || error instanceof UnfinishedMoveError) return [error.message];
  if (!isUnusable(error)) return [withoutBoundValues(error).message];
  const { message, advice } = new UnusableDatabaseError(options, error);
  return [message.replace(advice, '').trimEnd(), advice];
}
