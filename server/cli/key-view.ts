import { InvalidArgumentError, Option } from 'commander';
import { ownerOf, stateOf, type Owner } from '../administration/key-state';
import type { IssuedKey } from '../consumer-keys/consumer-key-service';
import { PERMISSIONS, type ConsumerKey } from '../consumer-keys/consumer-key';
import { DESCRIPTION_MAX, parseDescription, utcDateTime } from '../consumer-keys/description';
import type { KeyLimits } from '../consumer-keys/key-limits';
import type { OwnedKey } from '../consumer-keys/key-list-reader';
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
export const viewKey = async ({ consumerKeys }: StoreContext, key: ConsumerKey, owner: Owner) =>
  view(key, owner, await consumerKeys.replacementOf(key));

/** Returns keys for the JSON output. */
export async function viewKeys({ consumerKeys }: StoreContext, all: readonly OwnedKey[]) {
  const existing = await consumerKeys.replacementsOf(all.map(({ key }) => key));
  return all.map((one) => {
    const { replacedBy } = one.key;
    return view(one.key, ownerOf(one), replacedBy !== null && existing.has(replacedBy) ? replacedBy : null);
  });
}

const view = (key: ConsumerKey, owner: Owner, replacedBy: number | null) => ({
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
  expires: endInIso(key.limits.expiresAt),
  resources: key.limits.resources,
  addresses: key.limits.addresses,
  replaced_by: replacedBy,
  state: stateOf(key, owner, Date.now()),
});

/**
 * Returns a new key and secret for the JSON output, with the names of the callback's fields, and when
 * the key ends.
 */
export const viewPair = (
  issued: IssuedKey,
  { userId, permissions, limits }: Pick<ConsumerKey, 'userId' | 'permissions' | 'limits'>,
) => ({
  key_id: issued.keyId,
  user_id: userId,
  consumer_key: issued.consumerKey,
  consumer_secret: issued.consumerSecret,
  key_permissions: permissions,
  expires: endInIso(limits.expiresAt),
});

/** Returns an end for the JSON output. */
export const endInIso = (expiresAt: number | null): string | null =>
  expiresAt === null ? null : new Date(expiresAt).toISOString();

/** Returns an end for a table. */
export const endCell = (expiresAt: number | null): string =>
  expiresAt === null ? '-' : utcDateTime(expiresAt);

/** Returns the sentence that says when a new key ends, or nothing if it never does. */
export const endSentence = ({ expiresAt }: KeyLimits, subject = 'It'): string =>
  expiresAt === null ? '' : ` ${subject} ends on ${utcDateTime(expiresAt)} UTC.`;

/** Returns the lines that show a new key and its secret, the only time they are shown. */
export const pairLines = (issued: IssuedKey): string[] => [
  `Consumer key:    ${issued.consumerKey}`,
  `Consumer secret: ${issued.consumerSecret}`,
];

/** The message for a change that another one overtook. */
export const OVERTAKEN =
  'Nothing was changed: the key was changed at the same time, or its app has not confirmed it yet.';

/** Returns what to do if a new secret could not be shown. */
export const lostSecret = ({ keyId: id }: IssuedKey): string =>
  `The secret of key ${id} is lost. To get a new one, run: npx wc-auth keys replace ${id} --overlap 0`;
