import type { Knex } from 'knex';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { inShell } from '../storage/in-shell';
import { isManager } from '../users/user';
import type { SeenKey, SeenUser } from './import-store';
import { inTransaction, ROWS_PER_TRANSACTION, type ImportRun } from './import-run';
import { userInWords } from './problem';

/** Revokes the keys that came from this source and are not in it any more. */
export async function revokeGoneKeys(run: ImportRun): Promise<void> {
  const { services, stores, choices, counts, notes, sourceId } = run;
  if (sourceId === undefined) return;
  for await (const page of seenKeys(run)) {
    const { gone } = page;
    if (choices.dryRun) await countKeys(run, page);
    if (choices.partial || gone.length === 0) continue;
    const revoked = choices.dryRun
      ? gone.length
      : await services.database.transaction(async (within) => {
          const ids = gone.flatMap(({ keyId }) => keyId ?? []);
          const still = await stores.keys.withIds(ids, within);
          const keys = [...still.values()].map(({ key }): ConsumerKey => key);
          await services.revocation.revoke(keys, { how: 'import' }, within);
          await stores.sources.forgetKeys(
            sourceId,
            gone.map(({ sourceKeyId }) => sourceKeyId),
            within,
          );
          return keys.length;
        });
    counts.keysRevoked += revoked;
    notes.noteProblems(
      gone.map(({ sourceKeyId, description }) => ({
        kind: 'not in the source',
        about: description,
        keyId: sourceKeyId,
        message: choices.dryRun
          ? 'It is not in the source any more, so the import will revoke it here.'
          : 'It is not in the source any more, so it was revoked here.',
        fix: choices.dryRun
          ? 'Nothing has to be done, if it was revoked in WooCommerce. To keep such keys, add --partial.'
          : 'Nothing has to be done, if it was revoked in WooCommerce.',
      })),
    );
  }
}

/**
 * Disables the accounts that came from this source and are not in it any more, so that a person who
 * was removed there cannot sign in here. Accounts that were here before stay.
 */
export async function disableGoneUsers(run: ImportRun): Promise<void> {
  const { choices, site, sourceId, counts, losses } = run;
  if (choices.partial || sourceId === undefined || site.usersPrefix === undefined) return;
  for await (const { able, gone } of seenUsers(run)) {
    losses.accounts += able.length;
    for (const user of gone)
      if (await inTransaction(run, (within) => disable(run, user, within))) counts.usersDisabled += 1;
  }
}

async function disable(
  { services, choices, now, notes }: ImportRun,
  { userId, sourceUserId }: SeenUser,
  within: Knex,
): Promise<boolean> {
  const { users, sessionRecords, audit } = services;
  const user = userId === null ? undefined : await users.find(userId, within);
  if (user?.disabledAt !== null) return false;
  // Another system says who may enter.
  if (await services.externalUsers.subjectOf(user.userId, within)) return false;
  if (user.role === 'administrator' && (await users.isLastAdministrator(user.userId, within))) {
    notes.noteProblems([
      {
        kind: 'last administrator',
        about: userInWords(user.login, sourceUserId),
        message:
          'The user is not in WordPress any more, but is the last administrator here, so the account stays.',
        fix: `Make another account an administrator, and run: npx wc-auth users disable ${inShell(user.login)}`,
      },
    ]);
    return false;
  }
  const { login } = user;
  // The keys of the account rest, also for a dry run, which does not disable it.
  notes.noteOwner(sourceUserId, { login, userId: user.userId, restsBecause: { kind: 'disabled' } });
  if (choices.dryRun) return true;
  await users.setDisabled(user.userId, now, within);
  await sessionRecords.closeAllOf(user.userId, within);
  const detail = { by: 'import', userId: user.userId, login } as const;
  await audit.record({ event: 'user.disabled', at: now, detail }, within);
  return true;
}

interface SeenKeys {
  /** Keys that came from the source and are here. */
  readonly seen: readonly SeenKey[];
  readonly gone: readonly SeenKey[];
}

async function* seenKeys({ stores, staged, site, sourceId }: ImportRun): AsyncGenerator<SeenKeys> {
  if (sourceId === undefined) return;
  for (let after = -1; ;) {
    const seen = await stores.sources.seenKeysAfter(sourceId, after, ROWS_PER_TRANSACTION);
    const last = seen.at(-1);
    if (!last) return;
    after = last.sourceKeyId;
    yield {
      seen,
      gone: seen.filter(({ sourceKeyId }) => staged.hasKey(site.prefix, sourceKeyId) === undefined),
    };
  }
}

async function countKeys(
  { services, stores, choices, losses }: ImportRun,
  { seen, gone }: SeenKeys,
): Promise<void> {
  const { knex } = services.database;
  const ids = seen.flatMap(({ keyId }) => keyId ?? []);
  const keys = [...(await stores.keys.withIds(ids, knex)).values()].map(({ key }) => key);
  const owners = await stores.users.withIds([...new Set(keys.map(({ userId }) => userId))], knex);
  const working = new Set(
    keys.flatMap(({ keyId, userId }) => {
      const owner = owners.get(userId);
      return owner && isManager(owner.user) ? [keyId] : [];
    }),
  );
  losses.keys += seen.length;
  losses.workingKeys += working.size;
  if (!choices.partial)
    losses.revokedWorking += gone.filter(({ keyId }) => keyId !== null && working.has(keyId)).length;
}

interface SeenUsers {
  /** Users who came from the source and may manage the store here. */
  readonly able: readonly SeenUser[];
  readonly gone: readonly SeenUser[];
}

async function* seenUsers({
  stores,
  staged,
  site,
  sourceId,
  services,
}: ImportRun): AsyncGenerator<SeenUsers> {
  const { usersPrefix } = site;
  if (sourceId === undefined || usersPrefix === undefined) return;
  for (let after = -1; ;) {
    const page = await stores.sources.seenUsersAfter(sourceId, after, ROWS_PER_TRANSACTION);
    const last = page.at(-1);
    if (!last) return;
    after = last.sourceUserId;
    const ids = page.flatMap(({ userId, existed }) => (existed ? [] : (userId ?? [])));
    const here = await stores.users.withIds(ids, services.database.knex);
    const able = page.filter(({ userId }) => {
      const account = userId === null ? undefined : here.get(userId);
      return account !== undefined && isManager(account.user);
    });
    yield {
      able,
      gone: able.filter(({ sourceUserId }) => staged.hasUser(usersPrefix, sourceUserId) === undefined),
    };
  }
}
