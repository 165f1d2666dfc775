import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * Returns the password of the database to import from: that of the environment, or what a person
 * types on a terminal. `undefined`: the database may need none.
 * @throws if the file of IMPORT_DATABASE_PASSWORD_FILE cannot be read.
 */
export async function importPassword(): Promise<string | undefined> {
  const { IMPORT_DATABASE_PASSWORD: password, IMPORT_DATABASE_PASSWORD_FILE: file } = process.env;
  if (password !== undefined && file !== undefined)
    throw new Error('Set only one of IMPORT_DATABASE_PASSWORD and IMPORT_DATABASE_PASSWORD_FILE.');
  if (password !== undefined) return password;
  if (file !== undefined) return passwordIn(file);
  return process.stdin.isTTY && process.stderr.isTTY ? ask('Password of the database: ') : undefined;
}

function passwordIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new Error(`IMPORT_DATABASE_PASSWORD_FILE cannot be read (${code}): ${file}`, { cause: error });
  }
}

/** Reads a line from the terminal, which does not show it. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  try {
    const stopped = new Promise<never>((_resolve, reject) =>
      terminal.once('close', () => reject(new Error('Nothing was imported: no password was entered.'))),
    );
    return await Promise.race([terminal.question(''), stopped]);
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
