import { setImmediate as turn } from 'node:timers/promises';
import { stringify, type Stringifier } from 'csv-stringify';
import type { AuditFilter, AuditLog, RecordedEvent } from '../audit/audit-log';

const COLUMNS = [
  'time',
  'event',
  'who',
  'address',
  'key_id',
  'app_name',
  'callback_origin',
  'detail',
] as const;
const ROWS_A_READ = 500;

/** Every entry wanted, newest first, read a few hundred at a time. */
export async function* auditEntries(audit: AuditLog, filter: AuditFilter): AsyncGenerator<RecordedEvent> {
  let { before } = filter;
  for (;;) {
    const events = await audit.list(ROWS_A_READ, { ...filter, before });
    yield* events;
    const last = events.at(-1);
    if (!last || events.length < ROWS_A_READ) return;
    before = last.eventId;
    // The database answers at once, so nobody else would get a turn while thousands of entries are read.
    await turn();
  }
}

/**
 * CSV as RFC 4180 has it, with a first line of names. A cell that a spreadsheet would take for a formula begins with an
 * apostrophe. `forSpreadsheet`: with the mark by which spreadsheets know UTF-8.
 */
export function historyCsv({ forSpreadsheet }: { forSpreadsheet: boolean }): Stringifier {
  return stringify({
    header: true,
    columns: [...COLUMNS],
    record_delimiter: 'windows',
    // Every text in quotes: a lone CR in one is no end of line then.
    quoted_string: true,
    escape_formulas: true,
    bom: forSpreadsheet,
  });
}

/** An entry's cells. */
export function csvRow(entry: RecordedEvent): Record<(typeof COLUMNS)[number], string> {
  return {
    time: new Date(entry.at).toISOString(),
    event: entry.event,
    who: entry.login ?? '',
    address: entry.address ?? '',
    key_id: entry.keyId === undefined ? '' : String(entry.keyId),
    app_name: entry.appName ?? '',
    callback_origin: entry.callbackOrigin ?? '',
    detail: JSON.stringify(entry.detail),
  };
}
