import { examples } from './help';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, Option } from 'commander';
import { describeEvent } from '../administration/described-event';
import { auditEntries, csvRow, historyCsv } from '../administration/history-csv';
import { personNamed } from '../administration/person-named';
import { AUDIT_EVENTS, type AuditEventName, type RecordedEvent } from '../audit/audit-events';
import { utcDateTime } from '../consumer-keys/description';
import { loadLanguages } from '../pages/languages';
import type { Messages } from '../pages/messages';
import { keyId } from './key-view';
import { positiveNumber } from './option-values';
import { print, table, withStore, type StoreContext } from './store-command';

interface HistoryOptions {
  event?: AuditEventName;
  user?: string;
  app?: string;
  key?: number;
  limit: number;
  json?: boolean;
  csv?: boolean;
}

const HEAD = ['TIME (UTC)', 'EVENT', 'ABOUT', 'KEY', 'WHO', 'ADDRESS', 'NOTES'];

/** Returns the command `wc-auth history`. */
export function historyCommand(): Command {
  return new Command('history')
    .description('list events, newest first')
    .addOption(new Option('--event <event>', 'only this kind of event').choices([...AUDIT_EVENTS]))
    .option('--user <login>', 'only events by this user')
    .option('--app <name>', 'only about this app')
    .option('--key <key-id>', 'only about this key', keyId)
    .addOption(
      new Option('--limit <entries>', 'the maximum number of entries').default(100).argParser(positiveNumber),
    )
    .addOption(new Option('--json', 'print the result as JSON').conflicts('csv'))
    .option('--csv', 'print the result as CSV')
    .addHelpText(
      'after',
      examples(
        'history --limit 20',
        'history --event key.revoked --user mara',
        'history --csv --limit 999999999 > history.csv',
      ),
    )
    .action(
      withStore(async (context, options: HistoryOptions) => {
        if (options.csv) {
          await printCsv(Readable.from(mapped(context, options)));
          return;
        }
        const all: RecordedEvent[] = [];
        for await (const entry of wanted(context, options)) all.push(entry);
        const messages = loadLanguages().standard;
        const rows = all.map((entry) => row(entry, messages));
        print(options, all.map(view), table(HEAD, rows));
      }),
    );
}

/** Prints the rows. A failure of standard output is reported by lost-output.ts. */
async function printCsv(rows: Readable): Promise<void> {
  try {
    await pipeline(rows, historyCsv({ forSpreadsheet: false }), process.stdout, { end: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== 'write') throw error;
  }
}

/** Returns the cells of an entry, in words. */
function row(entry: RecordedEvent, messages: Messages): string[] {
  const { who, about, notes } = describeEvent(entry, messages);
  const cells = [
    utcDateTime(entry.at),
    messages(`history.event.${entry.event}`),
    about,
    entry.keyId?.toString(),
    who,
    entry.address,
    notes.join(', '),
  ];
  return cells.map((cell) => (cell === undefined || cell === '' ? '-' : cell));
}

async function* wanted(
  { audit, users }: StoreContext,
  options: HistoryOptions,
): AsyncGenerator<RecordedEvent> {
  let left = options.limit;
  const { event, user, app: appName, key } = options;
  const person = user === undefined ? undefined : await personNamed(user, users);
  const filter = { event, person, appName, keyId: key };
  for await (const entry of auditEntries(audit, filter)) {
    if (left-- <= 0) return;
    yield entry;
  }
}

async function* mapped(context: StoreContext, options: HistoryOptions) {
  for await (const entry of wanted(context, options)) yield csvRow(entry);
}

/** Returns an entry for the JSON output. */
const view = (entry: RecordedEvent) => ({
  time: new Date(entry.at).toISOString(),
  event: entry.event,
  who: entry.login ?? null,
  address: entry.address ?? null,
  key_id: entry.keyId ?? null,
  app_name: entry.appName ?? null,
  callback_origin: entry.callbackOrigin ?? null,
  detail: entry.detail,
});
