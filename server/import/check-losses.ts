import { importNotes } from './import-notes';
import { noCounts, type ImportRun } from './import-run';
import { manyLosses, noLosses } from './losses';
import { ImportError } from './source/source';
import { temporaryDatabase } from './temporary-database';

/** Notes what a dry run found that the import will not do without `--yes`. */
export function noteManyLosses(run: ImportRun): void {
  for (const would of lossesOf(run))
    run.notes.noteProblems([
      {
        kind: 'needs --yes',
        about: run.sourceName,
        message: `The import would ${would}, so it will stop.`,
        fix: `If that is right, add --yes${orPartial(run)}.`,
      },
    ]);
}

/**
 * Tries an import and checks how many keys and accounts it would end.
 * @param write the steps of an import, which write nothing in a dry run.
 * @throws ImportError if it is many and the person did not confirm it. Nothing was written.
 */
export async function checkLosses(run: ImportRun, write: (trial: ImportRun) => Promise<void>): Promise<void> {
  if (run.choices.yes || run.sourceId === undefined) return;
  const temporary = temporaryDatabase();
  try {
    const trial: ImportRun = {
      ...run,
      choices: { ...run.choices, dryRun: true },
      notes: importNotes(temporary),
      counts: noCounts(),
      losses: noLosses(),
      tell: () => undefined,
    };
    await write(trial);
    const [would] = lossesOf(trial);
    if (would !== undefined)
      throw new ImportError(
        `This import would ${would}, so nothing was changed. Check with --dry-run. Then add --yes${orPartial(trial)}.`,
      );
  } finally {
    temporary.close();
  }
}

const lossesOf = ({ losses, counts, choices, sourceName }: ImportRun): string[] =>
  choices.yes
    ? []
    : manyLosses({ ...losses, revoked: counts.keysRevoked, disabled: counts.usersDisabled }, sourceName);

const orPartial = ({ counts }: ImportRun): string =>
  counts.keysRevoked + counts.usersDisabled === 0 ? '' : ', or --partial to revoke and disable none';
