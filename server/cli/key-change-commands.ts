import { Option, type Command } from 'commander';
import { revokeKeys } from '../administration/revoke-in-pieces';
import { PERMISSIONS, type Permissions, type ConsumerKey } from '../consumer-keys/consumer-key';
import { isManager } from '../users/user';
import { description, findKey, keyId, pairLines, viewKey, viewPair } from './key-view';
import { BY_COMMAND_LINE, print, withStore, type StoreContext } from './store-command';
import { find } from './user-commands';

interface EditOptions {
  description?: string;
  permissions?: Permissions;
  owner?: string;
  json?: boolean;
}

interface RevokeOptions {
  app?: string;
  user?: string;
  callbackOrigin?: string;
  json?: boolean;
}

const OVERTAKEN =
  'Nothing was changed: the key was changed at the same time, or its app has not confirmed it yet.';

/** Adds the commands that change or revoke keys. */
export function addKeyChangeCommands(command: (name: string, description: string) => Command): void {
  command('edit', 'change the description, the permissions or the owner of a key')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .option('--description <text>', 'what the key is for', description)
    .addOption(new Option('--permissions <permissions>').choices([...PERMISSIONS]))
    .option('--owner <login>', 'the new owner')
    .action(
      withStore(async (context, id: number, options: EditOptions) => {
        const { key, owner } = await findKey(context, id);
        const newOwner = options.owner === undefined ? owner : await find(context, options.owner);
        if (options.owner !== undefined && !isManager(newOwner))
          throw new Error(`${newOwner.login} is not a manager with an active account.`);
        const to = {
          description: options.description ?? key.description,
          permissions: options.permissions ?? key.permissions,
          owner: newOwner,
        };
        const outcome = await context.keyAdministration.change(key, owner, to, BY_COMMAND_LINE);
        if (outcome === 'overtaken') throw new Error(OVERTAKEN);
        const changed = (await findKey(context, id)).key;
        const line = outcome === 'changed' ? `Changed key ${id}.` : `Key ${id} already has these values.`;
        print(options, viewKey(changed, newOwner), line);
      }),
    );

  command('regenerate', 'replace key and secret; the old ones stop working at once')
    .argument('<key-id>', 'the id of the key, from `keys list`', keyId)
    .action(
      withStore(async (context, id: number, options: { json?: boolean }) => {
        const { key, owner } = await findKey(context, id);
        const issued = await context.keyAdministration.regenerate(key, owner, BY_COMMAND_LINE);
        if (typeof issued === 'string') throw new Error(OVERTAKEN);
        print(
          options,
          viewPair(issued, key.userId, key.permissions),
          `Replaced key and secret of key ${id}. The secret is not shown again.`,
          ...pairLines(issued),
        );
      }),
    );

  const revoke = command('revoke', 'revoke keys at once: some, all of an app, or all of a user')
    .argument(
      '[key-ids...]',
      'the ids of the keys, from `keys list`',
      (value: string, before: number[] | undefined) => [...(before ?? []), keyId(value)],
    )
    .option('--app <name>', 'all keys of this app')
    .option('--user <login>', 'all keys of this user; with --app, only those of both')
    .option('--callback-origin <origin>', 'with --app: only keys sent to this origin');
  const revokeThem = withStore(async (context, ids: number[], options: RevokeOptions) => {
    const keys = await wanted(context, ids, options);
    const revoked = await revokeKeys(keys, BY_COMMAND_LINE, context.revocation);
    const line =
      revoked.length === 0 ? 'No key matched.' : `Revoked ${revoked.map((id) => `key ${id}`).join(', ')}.`;
    print(options, { revoked: revoked.length, key_ids: revoked }, line);
  });
  revoke.action((ids: number[], options: RevokeOptions) => {
    const byName = options.app !== undefined || options.user !== undefined;
    if (options.callbackOrigin !== undefined && options.app === undefined)
      revoke.error('error: --callback-origin needs --app');
    if (ids.length > 0 === byName) revoke.error('error: name keys by their ids, or use --app or --user');
    return revokeThem(ids, options, revoke);
  });
}

async function wanted(
  context: StoreContext,
  ids: readonly number[],
  { app, user, callbackOrigin }: RevokeOptions,
): Promise<ConsumerKey[]> {
  if (ids.length > 0) return Promise.all(ids.map(async (id) => (await findKey(context, id)).key));
  const owner = user === undefined ? undefined : await find(context, user);
  return context.consumerKeys.select({
    ...(app === undefined ? {} : { appName: app }),
    ...(callbackOrigin === undefined ? {} : { callbackOrigin }),
    ...(owner === undefined ? {} : { userId: owner.userId }),
  });
}
