import { randomBytes } from 'node:crypto';
import {
  chownSync,
  linkSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { codeOf } from './error-codes';
import { makePrivateFolder } from './private-files';
import { SECRET_KEY_MIN } from './secret-key';

/** Returns 256 random bits in hexadecimal. */
export const newSecretKeyText = (): string => randomBytes(32).toString('hex');

/** Returns the keys in the text of a key file, one per line. */
export const keysInText = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

/**
 * Returns the keys in a key file, one per line. The first one seals new secrets.
 *
 * @throws if the file does not exist, or a line is shorter than a key, because a short key can be
 * guessed.
 */
export function readSecretKeyFile(file: string): string[] {
  const text = readIfThere(file);
  if (text === undefined)
    throw new Error(
      `The secret key file ${file} does not exist, but the store was created with one. Restore the file, or set SECRET_KEY or SECRET_KEY_FILE.`,
    );
  return checkedKeys(file, text);
}

/** Like {@link readSecretKeyFile}, but creates a missing file. Only its owner can read it. */
export function readOrMakeSecretKeyFile(file: string): string[] {
  return checkedKeys(file, readIfThere(file) ?? makeSecretKeyFile(file));
}

function checkedKeys(file: string, text: string): string[] {
  const keys = keysInText(text);
  if (keys.length === 0 || keys.some((key) => key.length < SECRET_KEY_MIN))
    throw new Error(
      `${file} contains no secret key: it has fewer than ${SECRET_KEY_MIN} characters. Restore the right file.`,
    );
  return keys;
}

/**
 * Replaces a key file atomically: a reader gets either the old or the new one. Owner and mode stay.
 */
export function replaceSecretKeyFile(file: string, keys: readonly string[]): void {
  const real = realpathSync(file);
  const { uid, gid, mode } = statSync(real);
  const draft = writeDraft(real, keys, mode & 0o777);
  try {
    // A command that runs as root must not take the file from the server's account.
    if (uid !== process.getuid?.() || gid !== process.getgid?.()) chownSync(draft, uid, gid);
    renameSync(draft, real);
  } finally {
    rmSync(draft, { force: true });
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw new Error(
      `The secret key file ${file} cannot be read (${codeOf(error)}). The user that runs this must be able to read it.`,
      { cause: error },
    );
  }
}

/**
 * Writes the file under another name and then links it. Of two concurrent first runs, one wins and
 * both read its file.
 */
function makeSecretKeyFile(file: string): string {
  makePrivateFolder(dirname(file));
  const draft = writeDraft(file, [newSecretKeyText()], 0o600);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(file, 'utf8');
}

function writeDraft(file: string, keys: readonly string[], mode: number): string {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  writeFileSync(draft, keys.map((key) => `${key}\n`).join(''), { mode, flag: 'wx', flush: true });
  return draft;
}
