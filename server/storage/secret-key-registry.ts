import { timingSafeEqual } from 'node:crypto';
import type { Knex } from 'knex';
import type { Database } from './database';
import { isForeignKeyViolation } from './errors';
import type { SecretKey } from './secret-key';
import type { SecretKeys } from './secret-keys';

/**
 * A secret in the database is sealed with a key that this process does not have, so it could not be
 * opened.
 */
export class WrongSecretKeyError extends Error {
  override readonly name = 'WrongSecretKeyError';
}

interface Row {
  secret_key_id: string;
  proof: string;
  /** 1: this key seals new secrets. All others: null. */
  seals: 1 | null;
}

const table = (knex: Knex) => knex<Row>('secret_keys');

/**
 * Compares the keys with those that the database knows. A new database records the first one.
 * Returns the id of the key that seals.
 *
 * @throws WrongSecretKeyError
 */
export async function checkSecretKeys(knex: Knex, keys: SecretKeys): Promise<string> {
  const { id, proof } = keys.first();
  // Only one row can be the sealing one. Of several concurrent first starts, the rows of the others
  // are ignored, whether or not they have the same key.
  await table(knex).insert({ secret_key_id: id, proof, seals: 1 }).onConflict().ignore();
  return (await sealingKeyIdAmong(knex, keys)) ?? id;
}

/**
 * Compares the keys with those that the database knows, and records nothing. Returns the id of the
 * key that seals, or `undefined` if the database knows no key yet.
 *
 * @throws WrongSecretKeyError
 */
export async function sealingKeyIdAmong(knex: Knex, keys: SecretKeys): Promise<string | undefined> {
  const known = await table(knex);
  const missing = known.filter((row) => !isHeld(keys, row));
  if (missing.length === 0) return known.find((row) => row.seals === 1)?.secret_key_id;
  const source = keys.file === undefined ? 'SECRET_KEY' : `the key in ${keys.file}`;
  throw new WrongSecretKeyError(
    missing.length < known.length
      ? `Some consumer secrets are still encrypted with another key than ${source}. Put that one ` +
          `${keys.file === undefined ? 'into SECRET_KEY_PREVIOUS' : 'as a second line into that file'}, and run \`wc-auth secret rotate\`.`
      : `${source.replace(/^t/, 'T')} is not the one that this database was created with, so its consumer secrets cannot be opened. ` +
          'Start with the old key, or with another DATABASE_URL.',
  );
}

/** Returns what a running server asks of the table, at the moment of each call. */
export function secretKeyRegistry({ hot }: Pick<Database, 'hot'>) {
  const rows = hot.rowsReader<Row>('select secret_key_id, proof, seals from secret_keys');
  const sealing = hot.reader<Row>('select secret_key_id, proof, seals from secret_keys where seals = 1');
  return {
    /** Returns the id of the key that seals. */
    async sealingKeyId(): Promise<string> {
      const row = await sealing();
      if (!row) throw new Error('The database has no record of its secret key.');
      return row.secret_key_id;
    },
    ids: async (): Promise<string[]> => (await rows()).map((row) => row.secret_key_id),
    /** Returns whether these are all the keys that secrets are sealed with. */
    areHeld: async (keys: SecretKeys): Promise<boolean> => (await rows()).every((row) => isHeld(keys, row)),
  };
}

/** Makes this key the one that seals from now on. */
export async function sealWith(
  { transaction }: Pick<Database, 'transaction'>,
  { id, proof }: SecretKey,
): Promise<void> {
  await transaction(async (within) => {
    await table(within).whereNot({ secret_key_id: id }).update({ seals: null });
    await table(within)
      .insert({ secret_key_id: id, proof, seals: 1 })
      .onConflict('secret_key_id')
      .merge({ seals: 1 });
  });
}

/**
 * Forgets all keys but the one that seals. Returns `false`, and keeps all of them, if a secret is
 * still sealed with one of them.
 */
export async function forgetOthers(knex: Knex): Promise<boolean> {
  try {
    await table(knex).whereNull('seals').delete();
    return true;
  } catch (error) {
    if (isForeignKeyViolation(error)) return false;
    throw error;
  }
}

function isHeld(keys: SecretKeys, { secret_key_id: id, proof }: Row): boolean {
  const own = Buffer.from(keys.find(id)?.proof ?? '');
  const stored = Buffer.from(proof);
  return own.length === stored.length && timingSafeEqual(own, stored);
}
