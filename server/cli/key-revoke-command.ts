import { examples } from './help';
import type { Command } from 'commander';
import { revokeKeys } from '../administration/revoke-in-pieces';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { confirmRemoval, yesOption, type RemovalOptions } from './confirm-removal';
import { findKey, keyId } from './key-view';
import { callbackOrigin } from './option-values';
import { BY_COMMAND_LINE, print, withStore, type StoreContext } from './store-command';
import { findUser } from './user-view';

interface RevokeOptions extends RemovalOptions {
  app?: string;
  user?: string;
  callbackOrigin?: string;
}

const NAMED_KEYS = 5;

/** Adds the command that revokes keys. */
export function addKeyRevokeCommand(command: (name: string, description: string) => Command): void {
  const revoke = command('revoke', 'revoke keys at once: by id, or all keys of an app or a user')
    .argument(
      '[key-ids...]',
      'the ids of the keys, from `keys list`',
      (value: string, before: number[] | undefined) => [...(before ?? []), keyId(value)],
    )
    .option('--app <name>', 'revoke all keys of this app')
    .option('--user <login>', 'revoke all keys of this user. With --app: only keys of both')
    .option(
      '--callback-origin <origin>',
      'with --app: revoke only keys that were sent to this origin',
      callbackOrigin,
    )
    .addOption(yesOption())
    .addHelpText(
      'after',
      examples(
        'keys revoke 1 2',
        'keys revoke --app "Parcel Pilot" --user mara',
        'keys revoke --user tom --yes',
      ),
    );
  const revokeThem = withStore(async (context, ids: number[], options: RevokeOptions) => {
    const keys = await wanted(context, ids, options);
    if (keys.length === 0) throw new Error(`No key matches ${shown(options)}. Nothing was revoked.`);
    await confirmRemoval(question(keys), options);
    const revoked = await revokeKeys(keys, BY_COMMAND_LINE, context.revocation);
    const line =
      revoked.length === 0
        ? 'Nothing was revoked: the keys were revoked in the meantime.'
        : `Revoked ${revoked.map((id) => `key ${id}`).join(', ')}.`;
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
  const owner = user === undefined ? undefined : await findUser(context, user);
  return context.consumerKeys.select({
    ...(app === undefined ? {} : { appName: app }),
    ...(callbackOrigin === undefined ? {} : { callbackOrigin }),
    ...(owner === undefined ? {} : { userId: owner.userId }),
  });
}

function question(keys: readonly ConsumerKey[]): string {
  const named = keys.slice(0, NAMED_KEYS).map(({ keyId: id, description }) => `${id} "${description}"`);
  const further = keys.length > NAMED_KEYS ? ', …' : '';
  return `Revoke ${keys.length} key${keys.length === 1 ? '' : 's'} (${named.join(', ')}${further})?`;
}

const shown = ({ app, user, callbackOrigin }: RevokeOptions): string =>
  Object.entries({ '--app': app, '--user': user, '--callback-origin': callbackOrigin })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
    .join(' ');
