import { existsSync, readFileSync } from 'node:fs';
import { codeOf } from '../storage/error-codes';

/**
 * Completes the environment with the file `.env` of the working directory, if there is one.
 * @throws if it cannot be read
 */
export function loadEnvFile(): void {
  if (!existsSync('.env')) return;
  try {
    // The errors of `loadEnvFile` do not say why it cannot be read.
    readFileSync('.env');
  } catch (error) {
    throw new Error(`.env cannot be read (${codeOf(error)}).`, { cause: error });
  }
  process.loadEnvFile('.env');
}
