import type { Knex } from 'knex';
import type { ComparedKey } from '../consumer-keys/imported-key-store';
import type { User } from '../users/user';
import type { Owner } from './decide-key';
import type { ImportRun } from './import-run';
import type { SeenKey, SeenUser } from './import-store';
import { accountReason } from './reason-in-words';
import type { StagedKey } from './staged-rows';

export interface KeyOwners {
  /** Finds a user of the source, as an account here. */
  readonly ofSource: (sourceUserId: number) => Owner | undefined;
  /** Finds an account that owns one of the keys here. */
  readonly here: (userId: number) => Owner | undefined;
}

/** The keys whose owners are looked up. */
export interface OwnedKeys {
  readonly batch: readonly StagedKey[];
  readonly seen: readonly SeenKey[];
  readonly here: readonly ComparedKey[];
}

/** Returns the owners of keys, in the source and here. */
export async function keyOwners(run: ImportRun, keys: OwnedKeys, within: Knex): Promise<KeyOwners> {
  const { notes, sourceId, stores, site } = run;
  const isInSource = site.usersPrefix !== undefined;
  // A source without users, such as the CSV of the key table: they came with an earlier import.
  const users =
    isInSource || sourceId === undefined
      ? new Map<number, SeenUser>()
      : await stores.sources.seenUsers(sourceId, sourceUserIds(keys), within);
  const accounts = await stores.users.withIds(
    [
      ...[...users.values()].flatMap(({ userId }) => userId ?? []),
      ...new Set(keys.here.map(({ key }) => key.userId)),
    ],
    within,
  );
  const here = (userId: number): Owner | undefined => {
    const account = accounts.get(userId);
    return account && accountAsOwner(account.user);
  };
  return {
    here,
    ofSource(id) {
      if (isInSource) return notes.owner(id);
      const user = users.get(id);
      const account = user?.userId == null ? undefined : here(user.userId);
      return account ?? (user && { login: user.login, userId: null, restsBecause: undefined });
    },
  };
}

const sourceUserIds = ({ batch, seen }: OwnedKeys): number[] => [
  ...new Set([...batch.map(({ userId }) => userId), ...seen.map(({ sourceUserId }) => sourceUserId)]),
];

/** Returns an account here as the owner of keys. */
export const accountAsOwner = (user: User): Owner => ({
  login: user.login,
  userId: user.userId,
  restsBecause: accountReason(user),
});
