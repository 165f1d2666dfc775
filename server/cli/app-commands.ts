import { Command } from 'commander';
import { stateOfApp } from '../administration/key-state';
import { utcDateTime } from '../consumer-keys/description';
import type { AppSummary } from '../consumer-keys/app-list-reader';
import { examples } from './help';
import { endCell, endInIso } from './key-view';
import { print, tableOf, withStore, type Column } from './store-command';
import { findUser } from './user-view';

const COLUMNS: readonly Column<AppSummary>[] = [
  ['APP', ({ appName }) => appName],
  ['CALLBACK', ({ callbackOrigin }) => callbackOrigin],
  ['OWNER', ({ owner }) => owner.login],
  ['KEYS', ({ keys }) => String(keys)],
  ['STATE', (app) => stateOfApp(app, Date.now())],
  ['ENDS (UTC)', ({ endsAt }) => endCell(endsAt)],
  ['LAST ACCESS (UTC)', ({ lastAccess }) => (lastAccess === null ? 'never' : utcDateTime(lastAccess))],
];

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
        print(options, all.map(view), tableOf(COLUMNS, all, ['ENDS (UTC)']));
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
  expires: endInIso(app.endsAt),
  state: stateOfApp(app, Date.now()),
});
