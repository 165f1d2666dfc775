import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Knex } from 'knex';
import type { Database } from './database';

/** The one secret that is not in the database. Every use gets a key of its own, so that none can stand for another. */
export interface SecretKey {
  /** 32 bytes (HKDF-SHA256, RFC 5869) that only this purpose knows. */
  derive(purpose: string): Buffer;
}

export function secretKey(text: string): SecretKey {
  return { derive: (purpose) => Buffer.from(hkdfSync('sha256', text, 'wc-auth-server', purpose, 32)) };
}

/**
 * Reads the key file beside the database; makes it, readable to its owner alone, on the first run.
 * @throws when the file holds less than a key: nothing may be sealed with what anybody can guess.
 */
export function readOrMakeSecretKeyFile(file: string): string {
  const text = readIfThere(file) ?? makeSecretKeyFile(file);
  if (text.length < SECRET_KEY_MIN)
    throw new Error(
      `${file} holds no secret key: fewer than ${SECRET_KEY_MIN} characters. Put the right one back.`,
    );
  return text;
}

/** Characters a secret key has at least. */
export const SECRET_KEY_MIN = 32;

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written whole under another name and then linked: of two first runs at once, one wins and both read the winner's. */
function makeSecretKeyFile(file: string): string {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8').trim();
}

/** This database was made with another SECRET_KEY: no stored consumer secret could be opened. */
export class WrongSecretKeyError extends Error {
  override readonly name = 'WrongSecretKeyError';
}

const proofOf = (key: SecretKey): string =>
  createHmac('sha256', key.derive('check')).update('wc-auth-server').digest('hex');

/** Whether the database belongs to this key, at the moment of each call. */
export function secretKeyCheck({ hot }: Pick<Database, 'hot'>, key: SecretKey): () => boolean {
  const proof = proofOf(key);
  const stored = hot.reader<{ value: string }>("select value from settings where name = 'secret_key_check'");
  return () => stored()?.value === proof;
}

/**
 * Holds the key against the proof that the first start left in the database.
 * @throws WrongSecretKeyError
 */
export async function checkSecretKey(knex: Knex, key: SecretKey): Promise<void> {
  const proof = proofOf(key);
  const settings = () => knex<{ name: string; value: string }>('settings');
  await settings().insert({ name: 'secret_key_check', value: proof }).onConflict('name').ignore();
  const stored = (await settings().where({ name: 'secret_key_check' }).first())?.value ?? '';
  const same = stored.length === proof.length && timingSafeEqual(Buffer.from(stored), Buffer.from(proof));
  if (!same)
    throw new WrongSecretKeyError(
      'SECRET_KEY is not the one this database was made with, so its consumer secrets cannot be opened. ' +
        'Start with the old key, or with another DATABASE_URL.',
    );
}
