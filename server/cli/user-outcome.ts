import type { UserOutcome } from '../administration/user-administration';
import { ROLES, type User } from '../users/user';
import type { StoreContext } from './store-command';

/**
 * Turns an outcome of a change without effect into an error.
 * @throws if the change was not made.
 */
export function settle({ login }: User, outcome: UserOutcome): void {
  if (outcome === 'gone') throw new Error(`There is no user ${JSON.stringify(login)}.`);
  if (outcome === 'last administrator')
    throw new Error(
      `${login} is the last administrator who can sign in. Nothing was changed. ` +
        'Make another account an administrator first: npx wc-auth users set-role LOGIN administrator',
    );
}

/** Returns the number of an account's keys, and the apps that have them. */
export async function keysOf({ keyList, appList }: StoreContext, { userId }: User) {
  const totals = await keyList.totals({ userId });
  const { apps } = await appList.ofSelection({ selection: { userId }, roles: ROLES }, 1_000);
  return { keys: totals.reduce((all, { keys }) => all + keys, 0), apps };
}

/** Returns text such as `3 keys, of Kite, Lamp`. */
export function keysInWords({ keys, apps }: Awaited<ReturnType<typeof keysOf>>): string {
  const ofApps = apps.length === 0 ? '' : `, of ${apps.map((app) => app.appName).join(', ')}`;
  return `${keys} key${keys === 1 ? '' : 's'}${ofApps}`;
}
