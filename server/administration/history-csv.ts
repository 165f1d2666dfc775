import { setImmediate as turn } from 'node:timers/promises';
import { stringify, type Stringifier } from 'csv-stringify';
import type { RecordedEvent } from '../audit/audit-events';
import type { AuditFilter, AuditLog } from '../audit/audit-log';

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
const ROWS_PER_READ = 500;

/** Yields every matching entry, the newest first. It reads a few hundred at a time. */
export async function* auditEntries(audit: AuditLog, filter: AuditFilter): AsyncGenerator<RecordedEvent> {
  let { before } = filter;
  for (;;) {
    const events = await audit.list(ROWS_PER_READ, { ...filter, before });
    yield* events;
    const last = events.at(-1);
    if (!last || events.length < ROWS_PER_READ) return;
    before = last.eventId;
    // SQLite answers synchronously. Without this pause, no other request would get a turn while
    // thousands of entries are read.
    await turn();
  }
}

/**
 * Returns CSV as in RFC 4180, with a header line. A cell that a spreadsheet would treat as a
 * formula starts with an apostrophe. `forSpreadsheet` adds the byte order mark by which
 * spreadsheets recognize UTF-8.
 */
export function historyCsv({ forSpreadsheet }: { forSpreadsheet: boolean }): Stringifier {
  return stringify({
    header: true,
    columns: [...COLUMNS],
    record_delimiter: 'windows',
    // Every text is quoted, so that a lone CR in it does not end a line.
    quoted_string: true,
    escape_formulas: true,
    bom: forSpreadsheet,
  });
}

/** Returns the cells of an entry. */
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
