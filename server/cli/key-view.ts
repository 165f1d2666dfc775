import { InvalidArgumentError, Option } from 'commander';
import { stateOf, type Owner } from '../administration/key-state';
import type { IssuedKey } from '../consumer-keys/consumer-key-service';
import { PERMISSIONS, type ConsumerKey } from '../consumer-keys/consumer-key';
import { DESCRIPTION_MAX, parseDescription } from '../consumer-keys/description';
import type { User } from '../users/user';
import type { StoreContext } from './store-command';

/** Parses a key id from the command line. */
export function keyId(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new InvalidArgumentError('A key id must be a number.');
  return Number(value);
}

/** Returns the option `--permissions`, with the values that it accepts. */
export const permissionsOption = (about: string): Option =>
  new Option('--permissions <permissions>', about).choices([...PERMISSIONS]);

/** Parses a description from the command line. */
export function description(value: string): string {
  const text = parseDescription(value);
  if (text === undefined)
    throw new InvalidArgumentError(`A description must have 1 to ${DESCRIPTION_MAX} characters.`);
  return text;
}

/**
 * Returns a key and its owner.
 * @throws if there is no such key.
 */
export async function findKey(context: StoreContext, id: number): Promise<{ key: ConsumerKey; owner: User }> {
  const key = await context.consumerKeys.find(id);
  const owner = key && (await context.users.find(key.userId));
  if (!owner) throw new Error(`There is no key ${id}.`);
  return { key, owner };
}

/** Returns a key for the JSON output, with times in ISO 8601. */
export const viewKey = (key: ConsumerKey, owner: Owner) => ({
  key_id: key.keyId,
  user_id: key.userId,
  owner: owner.login,
  description: key.description,
  key_permissions: key.permissions,
  truncated_key: key.truncatedKey,
  created: new Date(key.createdAt).toISOString(),
  last_access: key.lastAccess === null ? null : new Date(key.lastAccess).toISOString(),
  last_address: key.lastAddress,
  app_name: key.app?.appName ?? null,
  callback_origin: key.app?.callbackOrigin || null,
  pending: key.pending,
  imported: key.imported,
  state: stateOf(key, owner),
});

/** Returns a new key and secret for the JSON output, with the names of the callback's fields. */
export const viewPair = (issued: IssuedKey, userId: number, permissions: string) => ({
  key_id: issued.keyId,
  user_id: userId,
  consumer_key: issued.consumerKey,
  consumer_secret: issued.consumerSecret,
  key_permissions: permissions,
});

/** Returns the lines that show a new key and its secret, the only time they are shown. */
export const pairLines = (issued: IssuedKey): string[] => [
  `Consumer key:    ${issued.consumerKey}`,
  `Consumer secret: ${issued.consumerSecret}`,
];

/** Returns what to do if a new secret could not be shown. */
export const lostSecret = ({ keyId: id }: IssuedKey): string =>
  `The secret of key ${id} is lost. To get a new one, run: npx wc-auth keys regenerate ${id}`;
