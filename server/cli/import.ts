import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { visibleText } from '../http/visible-text';
import type { ImportProgress, ImportServices } from '../import/import-run';
import type { ImportReport } from '../import/import-report';
import { runImport } from '../import/run-import';
import { openSource } from '../import/source/open-source';
import { ImportError } from '../import/source/source';
import { UnavailableDatabaseError } from '../storage/database-error';
import { withoutBoundValues } from '../storage/errors';
import { secretKeyRegistry } from '../storage/secret-key-registry';
import type { ImportOptions } from './import-options';
import { importPassword } from './import-password';
import { reportLines, viewReport } from './import-report-view';
import { piecePrinter } from './progress';
import { print, type StoreContext } from './store-command';
import { findUser } from './user-view';

/**
 * Makes V8 collect garbage often. It would let its heap grow far beyond what an import needs, because
 * the machine has the memory.
 */
function collectOften(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=10');
}

/** Runs an import, or with `--watch` one after another until a signal ends the command. */
export async function importFrom(
  context: StoreContext,
  options: ImportOptions & { readonly from: string },
  command: Command,
): Promise<void> {
  collectOften();
  const owner = options.owner === undefined ? undefined : await findUser(context, options.owner);
  const source = openSource({ from: options.from, password: onceOnly(importPassword) });
  const registry = secretKeyRegistry(context.database);
  const services: ImportServices = { ...context, sealingKeyId: () => registry.sealingKeyId() };
  const show = piecePrinter(command);
  const once = () =>
    runImport(services, {
      source,
      site: { prefix: options.prefix, site: options.site },
      timeZone: options.timeZone,
      sourceName: options.source,
      choices: {
        dryRun: options.dryRun === true,
        allUsers: options.allUsers === true,
        includeResting: options.includeResting === true,
        partial: options.partial === true,
        yes: options.yes === true,
        mappedRoles: options.mapRole,
        owner,
      },
      // A watch goes on with what needs no confirmation.
      holdBack: options.watch !== undefined,
      now: Date.now(),
      tell: (progress) => show(() => progressLine(progress)),
    });
  const report = await once();
  print(options, viewReport(report), ...reportLines(report));
  if (options.watch !== undefined) await watch(once, options.watch, options);
}

/** Repeats the import until SIGINT or SIGTERM. A round that fails is reported, and the next one tries again. */
async function watch(
  once: () => Promise<ImportReport>,
  seconds: number,
  options: ImportOptions,
): Promise<void> {
  const stopped = new AbortController();
  const stop = () => stopped.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    while (await passed(seconds, stopped.signal)) {
      try {
        const report = await once();
        if (options.json) print(options, viewReport(report));
        else {
          const at = new Date().toISOString();
          if (hasChanged(report)) console.log(`${at}  ${changesLine(report)}`);
          for (const line of heldBackLines(report)) console.error(`${at}  ${line}`);
        }
      } catch (error) {
        // A database here that is busy or restarts may answer at the next round.
        const failure = error instanceof ImportError ? error : withoutBoundValues(error);
        if (!(failure instanceof ImportError || failure instanceof UnavailableDatabaseError)) throw error;
        console.error(
          `${new Date().toISOString()}  ${failure.message} The next try is in ${seconds} seconds.`,
        );
      }
    }
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Waits, and returns whether the time has passed. `false`: a signal came. */
const passed = (seconds: number, signal: AbortSignal): Promise<boolean> =>
  wait(seconds * 1000, true, { signal }).catch(() => false);

const hasChanged = ({ counts }: ImportReport): boolean =>
  counts.keysImported +
    counts.keysChanged +
    counts.keysRevoked +
    counts.usersImported +
    counts.usersChanged +
    counts.usersDisabled >
  0;

const changesLine = ({ counts }: ImportReport): string =>
  `Keys: ${counts.keysImported} imported, ${counts.keysChanged} changed, ${counts.keysRevoked} revoked. ` +
  `Accounts: ${counts.usersImported} imported, ${counts.usersChanged} changed, ${counts.usersDisabled} disabled.`;

/** Each round says what waits for a person. */
const heldBackLines = ({ problems }: ImportReport): string[] =>
  problems
    .filter(({ kind }) => kind === 'needs --yes')
    .flatMap(({ problems: all }) => all.map(({ message, fix }) => visibleText(`${message} ${fix}`)));

const MEGABYTE = 1_000_000;

function progressLine({ step, done, total, unit }: ImportProgress): string {
  const amount = (value: number) => (unit === 'bytes' ? `${Math.round(value / MEGABYTE)} MB` : String(value));
  const of = total === undefined ? '' : ` of ${amount(total)}`;
  if (step === 'reading') return `Reading the source: ${amount(done)}${of}`;
  return `${step === 'users' ? 'Accounts' : 'Keys'}: ${amount(done)}${of}`;
}

/** Asks for a value at its first use, and keeps it. */
function onceOnly<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined;
  return () => (answer ??= ask());
}
