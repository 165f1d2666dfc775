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
 * @param holdBack whether an import that would end many brings all other changes.
 * @returns the import to write.
 * @throws ImportError if it would end many and the person did not confirm it. Nothing was written.
 */
export async function checkLosses(
  run: ImportRun,
  write: (trial: ImportRun) => Promise<void>,
  holdBack = false,
): Promise<ImportRun> {
  if (run.choices.yes || run.sourceId === undefined) return run;
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
    const losses = lossesOf(trial);
    const [would] = losses;
    if (would === undefined) return run;
    if (!holdBack)
      throw new ImportError(
        `This import would ${would}, so nothing was changed. Check with --dry-run. Then add --yes${orPartial(trial)}.`,
      );
    noteHeldBack(run, losses);
    return { ...run, choices: { ...run.choices, partial: true }, holdsBack: true };
  } finally {
    temporary.close();
  }
}

function noteHeldBack({ notes, sourceName }: ImportRun, losses: readonly string[]): void {
  for (const would of losses)
    notes.noteProblems([
      {
        kind: 'needs --yes',
        about: sourceName,
        message: `The import would ${would}, so no key was revoked, none lost its access, and no account was disabled. All other changes came over.`,
        fix: 'Check with --dry-run. If that is right, run the import once with --yes.',
      },
    ]);
}

const lossesOf = ({ losses, counts, choices, sourceName }: ImportRun): string[] =>
  choices.yes
    ? []
    : manyLosses({ ...losses, revoked: counts.keysRevoked, disabled: counts.usersDisabled }, sourceName);

const orPartial = ({ counts }: ImportRun): string =>
  counts.keysRevoked + counts.usersDisabled === 0 ? '' : ', or --partial to revoke and disable none';
