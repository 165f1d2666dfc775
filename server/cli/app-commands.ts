import { examples } from './help';
import { Command } from 'commander';
import { utcDateTime } from '../consumer-keys/description';
import type { AppSummary } from '../consumer-keys/app-list-reader';
import { print, table, withStore } from './store-command';
import { findUser } from './user-view';

/** Returns the command `wc-auth apps …`. */
export function appCommands(): Command {
  const apps = new Command('apps').description('connected apps').addHelpText('after', examples('apps list'));
  apps
    .command('list')
    .description('list the apps that managers have connected')
    .option('--user <login>', 'only apps of this user')
    .addHelpText('after', examples('apps list', 'apps list --user mara --json'))
    .option('--json', 'print the result as JSON')
    .action(
      withStore(async (context, options: { user?: string; json?: boolean }) => {
        const owner = options.user === undefined ? undefined : await findUser(context, options.user);
        // A store has few apps, even if it has many keys.
        const all = await context.appList.page({ userId: owner?.userId }, { limit: 100_000, offset: 0 });
        const rows = all.map((app) => [
          app.appName,
          app.callbackOrigin,
          app.owner.login,
          String(app.keys),
          app.lastAccess === null ? 'never' : utcDateTime(app.lastAccess),
        ]);
        print(options, all.map(view), table(['APP', 'CALLBACK', 'OWNER', 'KEYS', 'LAST ACCESS (UTC)'], rows));
      }),
    );
  return apps;
}

const view = (app: AppSummary) => ({
  app_name: app.appName,
  callback_origin: app.callbackOrigin || null,
  user_id: app.userId,
  owner: app.owner.login,
  keys: app.keys,
  last_access: app.lastAccess === null ? null : new Date(app.lastAccess).toISOString(),
});
