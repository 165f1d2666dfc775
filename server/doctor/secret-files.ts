import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { parseUrl } from '../http/parse-url';

/** Returns the files outside of the store that contain a secret: the TLS key, and `.env` if it has one. */
export function secretFiles({
  settings,
  tlsKey,
}: {
  readonly settings: string;
  readonly tlsKey: string | undefined;
}): string[] {
  return [...(hasSecret(settings) ? [settings] : []), ...(tlsKey ? [tlsKey] : [])].map((file) =>
    resolve(file),
  );
}

function hasSecret(file: string): boolean {
  try {
    const { SECRET_KEY, SECRET_KEY_PREVIOUS, DATABASE_URL = '' } = parseEnv(readFileSync(file, 'utf8'));
    return [SECRET_KEY, SECRET_KEY_PREVIOUS, parseUrl(DATABASE_URL)?.password].some(Boolean);
  } catch {
    // A file that is absent, or that this account cannot read, gave no setting to this command.
    return false;
  }
}
