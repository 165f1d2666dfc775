import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../server/config';
import { openStore } from '../server/open-store';
import { createServices } from '../server/services';

export interface Manager {
  readonly login: string;
  readonly password: string;
}

const LOGIN = 'manager';

/**
 * Makes sure that the demo's store has a manager. The password is generated once and kept in a
 * private file beside the database, so that the next demo uses the same one. A real store does not
 * keep passwords like this.
 */
export async function demoManager(storeEnv: NodeJS.ProcessEnv, folder: string): Promise<Manager> {
  const file = join(folder, 'manager-password');
  const kept = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
  const password = kept === '' ? newPassword() : kept;

  const config = readConfig(storeEnv);
  const store = await openStore(config);
  try {
    const { users } = createServices({ ...store, sessionLimits: config.session });
    const user = await users.findByLogin(LOGIN);
    if (!user)
      await users.add({
        login: LOGIN,
        email: 'manager@demo.example',
        name: 'Mara Manager',
        role: 'administrator',
        password,
        now: Date.now(),
      });
    else if (kept === '') await users.setPassword(user.userId, password);
  } finally {
    await store.database.close();
  }
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return { login: LOGIN, password };
}

/** 60 random bits, easy to copy by hand: `3fa2-91c0-…`. */
function newPassword(): string {
  const groups = randomBytes(8).toString('hex').slice(1).match(/.{5}/g) ?? [];
  return groups.join('-');
}
