import { importedKeyStore } from '../consumer-keys/imported-key-store';
import { nonceStore } from '../key-authentication/nonce-store';
import { importedUserStore } from '../users/imported-user-store';
import { checkLosses, noteManyLosses } from './check-losses';
import { expectRoles } from './expect-roles';
import { disableGoneUsers, revokeGoneKeys } from './gone-from-source';
import { importKeys } from './import-keys';
import { importNotes } from './import-notes';
import type { ImportReport } from './import-report';
import {
  noCounts,
  type ImportChoices,
  type ImportProgress,
  type ImportRun,
  type ImportServices,
} from './import-run';
import { importStore } from './import-store';
import { importUsers } from './import-users';
import { noLosses } from './losses';
import { chooseSite, type SiteChoice } from './site';
import { siteFacts } from './site-facts';
import { sourceNameOf } from './source-name';
import type { Source } from './source/source';
import { isStaged, KEYS_SUFFIX, stagedRows, USERS_SUFFIX } from './staged-rows';
import { temporaryDatabase } from './temporary-database';

export interface ImportOrder {
  readonly source: Source;
  readonly choices: ImportChoices;
  readonly site: SiteChoice;
  readonly timeZone: string | undefined;
  /** What the source is remembered by. `undefined`: the address of the store. */
  readonly sourceName: string | undefined;
  /** Whether an import that needs `--yes` brings all other changes, instead of none. */
  readonly holdBack?: boolean;
  readonly now: number;
  readonly tell?: (progress: ImportProgress) => void;
}

/**
 * Brings keys and their owners over from a WooCommerce store.
 *
 * The source is read completely before anything is written, so a source that cannot be read changes
 * nothing. Then a few hundred rows at a time are one transaction. What is over is recognized by the
 * source's ids, so an import that was interrupted is finished by the next one.
 *
 * @throws ImportError, or TimeZoneError if `timeZone` is not a time zone.
 */
export async function runImport(services: ImportServices, order: ImportOrder): Promise<ImportReport> {
  const { source, choices, now, tell = () => undefined } = order;
  const { database } = services;
  const temporary = temporaryDatabase();
  const staged = stagedRows(temporary);
  try {
    const contents = await source.read({
      wanted: isStaged,
      take: (row) => staged.add(row),
      progress: (progress) => tell({ step: 'reading', ...progress }),
    });
    const site = chooseSite(contents.tables, order.site);
    staged.expectReadable(site.prefix + KEYS_SUFFIX);
    if (site.usersPrefix !== undefined) staged.expectReadable(site.usersPrefix + USERS_SUFFIX);
    expectRoles(staged, site);

    const facts = siteFacts(staged, site, { timeZone: order.timeZone, mappedRoles: choices.mappedRoles });
    const notes = importNotes(temporary);
    notes.noteProblems(facts.problems);
    const stores = {
      sources: importStore(database),
      users: importedUserStore(database),
      keys: importedKeyStore(database),
      nonces: nonceStore(database),
    };
    const sourceName = await sourceNameOf({
      named: order.sourceName,
      url: facts.url,
      databaseName: contents.databaseName,
      prefix: site.prefix,
      hashes: staged.someHashes(site.prefix),
      sources: stores.sources,
    });
    const run: ImportRun = {
      services,
      stores,
      choices,
      staged,
      site,
      facts,
      sourceName,
      sourceId: await stores.sources.sourceId(sourceName),
      notes,
      counts: noCounts(),
      losses: noLosses(),
      holdsBack: false,
      now,
      tell,
    };
    if (choices.dryRun) {
      await writeAll(run);
      noteManyLosses(run);
    } else await writeAll(await begun(await checkLosses(run, writeAll, order.holdBack)));
    return {
      dryRun: choices.dryRun,
      source: {
        name: sourceName,
        place: source.place,
        prefix: site.prefix,
        url: facts.url,
        version: facts.version,
        timeZone: facts.timeZone,
      },
      counts: run.counts,
      apps: notes.appKeys(),
      problems: notes.problems(),
    };
  } finally {
    temporary.close();
  }
}

/** Returns the run with a source that the store knows. */
async function begun(run: ImportRun): Promise<ImportRun> {
  const { services, stores, staged, site, sourceName, now } = run;
  const { database } = services;
  const highest = staged.highestKey(site.prefix) ?? 0;
  const sourceId = await database.transaction(async (within) => {
    // Keys keep their ids, so new keys of running servers have to get higher ones.
    await database.dialect.idsAbove(within, 'consumer_keys', 'key_id', highest);
    return stores.sources.addSource(sourceName, now, within);
  });
  return { ...run, sourceId };
}

/** What ended in the source ends first. Then an owner is here before the keys. */
async function writeAll(run: ImportRun): Promise<void> {
  await revokeGoneKeys(run);
  await disableGoneUsers(run);
  await importUsers(run);
  await importKeys(run);
  const { counts, services, choices, sourceName, now } = run;
  const { keysImported, keysChanged, keysRevoked, usersImported, usersChanged } = counts;
  const changes =
    keysImported + keysChanged + keysRevoked + usersImported + usersChanged + counts.usersDisabled;
  if (choices.dryRun || changes === 0) return;
  await services.audit.record({
    event: 'import.finished',
    at: now,
    detail: {
      by: 'import',
      source: sourceName,
      keysImported,
      keysChanged,
      keysRevoked,
      usersImported,
      usersChanged,
    },
  });
}
