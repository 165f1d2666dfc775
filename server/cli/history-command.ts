import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { auditEntries, csvRow, historyCsv } from '../administration/history-csv';
import { AUDIT_EVENTS, type AuditEventName, type RecordedEvent } from '../audit/audit-events';
import { utcDateTime } from '../consumer-keys/description';
import { keyId } from './key-view';
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

/** `wc-auth history` */
export function historyCommand(): Command {
  return new Command('history')
    .description('list events, newest first')
    .addOption(new Option('--event <event>', 'only this kind of event').choices([...AUDIT_EVENTS]))
    .option('--user <login>', 'only events by this user')
    .option('--app <name>', 'only about this app')
    .option('--key <key-id>', 'only about this key', keyId)
    .addOption(
      new Option('--limit <entries>', 'the maximum number of entries').default(100).argParser(entries),
    )
    .addOption(new Option('--json', 'print the result as JSON').conflicts('csv'))
    .option('--csv', 'print the result as CSV')
    .action(
      withStore(async (context, options: HistoryOptions) => {
        if (options.csv) {
          const rows = Readable.from(mapped(context, options));
          await pipeline(rows, historyCsv({ forSpreadsheet: false }), process.stdout, { end: false });
          return;
        }
        const all: RecordedEvent[] = [];
        for await (const entry of wanted(context, options)) all.push(entry);
        const rows = all.map((entry) => [
          utcDateTime(entry.at),
          entry.event,
          entry.login ?? '-',
          entry.address ?? '-',
          entry.keyId === undefined ? '-' : String(entry.keyId),
          entry.appName ?? '-',
          JSON.stringify(entry.detail),
        ]);
        print(
          options,
          all.map(view),
          table(['TIME (UTC)', 'EVENT', 'WHO', 'ADDRESS', 'KEY', 'APP', 'DETAIL'], rows),
        );
      }),
    );
}

async function* wanted({ audit }: StoreContext, options: HistoryOptions): AsyncGenerator<RecordedEvent> {
  let left = options.limit;
  const filter = { event: options.event, login: options.user, appName: options.app, keyId: options.key };
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

function entries(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a positive number.');
  return Number(value);
}
