import type { Knex } from 'knex';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { inShell } from '../storage/in-shell';
import { isManager } from '../users/user';
import type { SeenKey, SeenUser } from './import-store';
import { inTransaction, ROWS_PER_TRANSACTION, type ImportRun } from './import-run';
import { userInWords } from './problem';
import { ImportError } from './source/source';

/** Without `--yes`, an import ends at most this share of what came from the source. */
const SHARE_WITHOUT_YES = 0.1;

/**
 * Checks how many keys and accounts came from this source and are not in it any more.
 *
 * A dump of something else, or of a part, would end most of them.
 * A dry run notes it.
 * @throws ImportError if it is many and the person did not confirm it. Nothing was written.
 */
export async function checkWhatIsGone(run: ImportRun): Promise<void> {
  const { choices, site, sourceName, notes } = run;
  if (choices.partial || choices.yes) return;
  const keys = await countGone(goneKeys(run));
  const users = site.usersPrefix === undefined ? NONE : await countGone(goneUsers(run));
  const isMany = ({ gone, all }: Count) => gone > all * SHARE_WITHOUT_YES;
  const endings = [
    { ...keys, verb: 'revoke', what: 'keys' },
    { ...users, verb: 'disable', what: 'accounts' },
  ].filter(isMany);
  for (const { gone, all, verb, what } of endings) {
    const would = `would ${verb} ${gone} of the ${all} ${what} that came from ${sourceName}, because they are not in the source any more. That is more than a tenth`;
    const fix = `add --yes, or --partial to ${verb} none.`;
    if (!choices.dryRun)
      throw new ImportError(
        `This import ${would}, so nothing was changed. Check with --dry-run. Then ${fix}`,
      );
    notes.noteProblems([
      {
        kind: 'needs --yes',
        about: sourceName,
        message: `The import ${would}, so it will stop.`,
        fix: `If that is right, ${fix}`,
      },
    ]);
  }
}

/** Revokes the keys that came from this source and are not in it any more. */
export async function revokeGoneKeys(run: ImportRun): Promise<void> {
  const { services, stores, choices, counts, notes, sourceId } = run;
  if (choices.partial || sourceId === undefined) return;
  for await (const { gone } of goneKeys(run)) {
    if (gone.length === 0) continue;
    const revoked = choices.dryRun
      ? gone.length
      : await services.database.transaction(async (within) => {
          const ids = gone.flatMap(({ keyId }) => keyId ?? []);
          const here = await stores.keys.withIds(ids, within);
          const keys = [...here.values()].map(({ key }): ConsumerKey => key);
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
  const { choices, site, sourceId } = run;
  if (choices.partial || sourceId === undefined || site.usersPrefix === undefined) return;
  for await (const { gone } of goneUsers(run))
    for (const user of gone)
      if (await inTransaction(run, (within) => disable(run, user, within))) run.counts.usersDisabled += 1;
}

async function disable(
  { services, choices, now, notes }: ImportRun,
  { userId, sourceUserId }: SeenUser,
  within: Knex,
): Promise<boolean> {
  const { users, sessionRecords, audit } = services;
  const user = userId === null ? undefined : await users.find(userId, within);
  if (user?.disabledAt !== null) return false;
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
  if (choices.dryRun) return true;
  await users.setDisabled(user.userId, now, within);
  await sessionRecords.closeAllOf(user.userId, within);
  const detail = { by: 'import', userId: user.userId, login: user.login } as const;
  await audit.record({ event: 'user.disabled', at: now, detail }, within);
  return true;
}

interface Page<Row> {
  readonly gone: readonly Row[];
  readonly all: number;
}

async function* goneKeys({ stores, staged, site, sourceId }: ImportRun): AsyncGenerator<Page<SeenKey>> {
  if (sourceId === undefined) return;
  for (let after = -1; ;) {
    const page = await stores.sources.seenKeysAfter(sourceId, after, ROWS_PER_TRANSACTION);
    const last = page.at(-1);
    if (!last) return;
    after = last.sourceKeyId;
    yield {
      gone: page.filter(({ sourceKeyId }) => staged.hasKey(site.prefix, sourceKeyId) === undefined),
      all: page.length,
    };
  }
}

async function* goneUsers({
  stores,
  staged,
  site,
  sourceId,
  services,
}: ImportRun): AsyncGenerator<Page<SeenUser>> {
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
      gone: able.filter(({ sourceUserId }) => staged.hasUser(usersPrefix, sourceUserId) === undefined),
      all: able.length,
    };
  }
}

interface Count {
  readonly gone: number;
  readonly all: number;
}
const NONE: Count = { gone: 0, all: 0 };

async function countGone(pages: AsyncIterable<Page<unknown>>): Promise<Count> {
  let count = NONE;
  for await (const { gone, all } of pages) count = { gone: count.gone + gone.length, all: count.all + all };
  return count;
}
