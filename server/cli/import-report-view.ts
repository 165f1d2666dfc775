import { utcDateTime } from '../consumer-keys/description';
import { visibleText } from '../http/visible-text';
import type { ProblemGroup } from '../import/import-notes';
import type { ImportReport } from '../import/import-report';
import { shortened } from './shortened';
import { table } from './store-command';

const HEAD = ['OWNER', 'APP', 'KEYS', 'WITHOUT ACCESS', 'LAST USE (UTC)'];
/** Rows of the table that a person sees. The JSON output has all. */
const SHOWN_APPS = 100;
/** Problems of one kind that a person sees. The JSON output has all. */
const SHOWN_PROBLEMS = 20;
/** Characters of an app's name in the table. The JSON output has the whole name. */
const SHOWN_APP_NAME = 60;

/** Returns a report for the JSON output, with times in ISO 8601. */
export const viewReport = ({ dryRun, source, counts, apps, problems }: ImportReport) => ({
  dry_run: dryRun,
  source: {
    name: source.name,
    place: source.place,
    prefix: source.prefix,
    url: source.url ?? null,
    woocommerce: source.version ?? null,
    time_zone: source.timeZone,
  },
  keys: {
    found: counts.keysFound,
    imported: counts.keysImported,
    without_access: counts.keysResting,
    changed: counts.keysChanged,
    unchanged: counts.keysUnchanged,
    revoked: counts.keysRevoked,
    revoked_here: counts.keysRevokedHere,
    not_imported: counts.keysNotImported,
  },
  users: {
    imported: counts.usersImported,
    existing: counts.usersAdopted,
    changed: counts.usersChanged,
    unchanged: counts.usersUnchanged,
    disabled: counts.usersDisabled,
  },
  apps: apps.map(({ owner, app, keys, resting, lastUse }) => ({
    owner,
    app,
    keys,
    without_access: resting,
    last_use: lastUse === null ? null : new Date(lastUse).toISOString(),
  })),
  problems: problems.flatMap(({ problems: all }) =>
    all.map(({ kind, about, message, fix, keyId }) => ({
      kind,
      about,
      key_id: keyId ?? null,
      message,
      fix,
    })),
  ),
});

/** Returns the lines of a report for a person. */
export function reportLines(report: ImportReport): string[] {
  const { source, counts, apps, problems, dryRun } = report;
  const rows = apps
    .slice(0, SHOWN_APPS)
    .map(({ owner, app, keys, resting, lastUse }) => [
      owner,
      app === null ? '(made by hand)' : shortened(app, SHOWN_APP_NAME),
      String(keys),
      resting === 0 ? '-' : String(resting),
      lastUse === null ? 'never' : utcDateTime(lastUse),
    ]);
  return [
    `Source: ${visibleText(source.place)}, tables ${visibleText(source.prefix)}*, remembered as ${visibleText(source.name)}`,
    '',
    ...(rows.length === 0 ? ['No keys.'] : [table(HEAD, rows)]),
    ...moreLines(apps.length - rows.length),
    '',
    ...problems.flatMap(problemLines),
    dryRun ? 'Nothing was written. The import would have this result:' : 'Done:',
    listed('Keys', [
      [counts.keysImported, 'imported'],
      [counts.keysResting, 'of them without access'],
      [counts.keysChanged, 'changed'],
      [counts.keysUnchanged, 'unchanged'],
      [counts.keysRevoked, 'revoked, because they are not in the source any more'],
      [counts.keysRevokedHere, 'revoked here before'],
      [counts.keysNotImported, 'not imported'],
    ]),
    listed('Accounts', [
      [counts.usersImported, 'imported'],
      [counts.usersAdopted, 'here before'],
      [counts.usersChanged, 'changed'],
      [counts.usersUnchanged, 'unchanged'],
      [counts.usersDisabled, 'disabled, because they are not in the source any more'],
    ]),
  ];
}

const listed = (what: string, amounts: readonly (readonly [count: number, how: string])[]): string => {
  const shown = amounts.filter(([count]) => count > 0).map(([count, how]) => `${count} ${how}`);
  return `${what}: ${shown.length === 0 ? 'none' : shown.join(', ')}.`;
};

const moreLines = (more: number): string[] => (more > 0 ? [`  and ${more} more, which --json lists`] : []);

function problemLines({ kind, problems }: ProblemGroup): string[] {
  const shown = problems.slice(0, SHOWN_PROBLEMS).map(({ about, message, fix, keyId }) => {
    const key = keyId === undefined ? '' : `key ${keyId}, `;
    return [`  ${visibleText(`${key}${about}`)}`, `    ${visibleText(message)}`, `    ${visibleText(fix)}`];
  });
  return [
    `${kind.charAt(0).toUpperCase()}${kind.slice(1)} (${problems.length}):`,
    ...shown.flat(),
    ...moreLines(problems.length - shown.length),
    '',
  ];
}
