import type { Knex } from 'knex';
import type { User } from '../users/user';
import type { Owner } from './decide-key';
import type { ImportRun } from './import-run';
import type { SeenKey, SeenUser } from './import-store';
import { accountReason } from './reason-in-words';
import type { StagedKey } from './staged-rows';

/** Returns a function that finds the owner of the keys of a user of the source. */
export async function keyOwners(
  { notes, sourceId, stores, site, choices }: ImportRun,
  batch: readonly StagedKey[],
  seen: readonly SeenKey[],
  within: Knex,
): Promise<(sourceUserId: number) => Owner | undefined> {
  const fallback = choices.owner && accountAsOwner(choices.owner);
  if (site.usersPrefix !== undefined) return (id) => notes.owner(id) ?? fallback;
  // A source without users, such as the CSV of the key table: they came with an earlier import.
  const ids = [
    ...new Set([...batch.map(({ userId }) => userId), ...seen.map(({ sourceUserId }) => sourceUserId)]),
  ];
  const users =
    sourceId === undefined
      ? new Map<number, SeenUser>()
      : await stores.sources.seenUsers(sourceId, ids, within);
  const accounts = await stores.users.withIds(
    [...users.values()].flatMap(({ userId }) => userId ?? []),
    within,
  );
  return (id) => {
    const user = users.get(id);
    const account = user?.userId == null ? undefined : accounts.get(user.userId);
    if (account) return accountAsOwner(account.user);
    return user ? { login: user.login, userId: null, restsBecause: undefined } : fallback;
  };
}

const accountAsOwner = (user: User): Owner => ({
  login: user.login,
  userId: user.userId,
  restsBecause: accountReason(user),
});
