import { Readable } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import { KEY_COLUMNS } from './known-columns';
import { ImportError, type ReadOptions, type SourceContents } from './source';
import { decodeText } from './text-decoding';

const NEEDED = ['key_id', 'user_id', 'permissions', 'consumer_key', 'consumer_secret'];
const LONGEST_LINE = 64 * 1024 * 1024;

/** What the file does not say. */
export interface CsvOptions extends Pick<ReadOptions, 'wanted' | 'take'> {
  readonly head: Buffer;
  /** The name of its table. */
  readonly table: string;
}

/**
 * Reads the table of consumer keys from CSV as phpMyAdmin exports it, or from the tab-separated lines
 * of `mysql --batch`.
 *
 * @throws ImportError
 */
export async function readCsv(
  chunks: AsyncIterable<Buffer>,
  { head, table, wanted, take }: CsvOptions,
): Promise<SourceContents> {
  const [first = ''] = head.toString('latin1').trimStart().split(/\r?\n/, 1);
  const delimiter = mostFrequent(first, [',', ';', '\t']);
  // `mysql --batch` quotes nothing. It escapes a tab, a line break and a backslash.
  const isBatch = delimiter === '\t' && !first.startsWith('"');
  const parser = parse({
    // Each byte is a character, because a file may be windows-1252 and csv-parse only knows UTF-8.
    encoding: 'latin1',
    delimiter,
    quote: isBatch ? null : '"',
    skip_empty_lines: true,
    max_record_size: LONGEST_LINE,
    cast: (value, { quoting }) => {
      if (!quoting && (value === 'NULL' || value === '\\N')) return null;
      return decodeText(Buffer.from(isBatch ? unescapedBatch(value) : value, 'latin1'));
    },
  });
  const records = Readable.from(chunks, { objectMode: false })
    .on('error', (error) => parser.destroy(error))
    .pipe(parser);
  let columns: readonly string[] | undefined;
  try {
    for await (const record of records as AsyncIterable<(string | null)[]>) {
      const names: readonly string[] = columns ?? columnsOf(record);
      if (columns !== undefined || names === KEY_COLUMNS) {
        if (wanted(table))
          take({
            table,
            values: Object.fromEntries(names.map((name, index) => [name, record[index] ?? null])),
          });
      }
      columns = names;
    }
  } catch (error) {
    throw 'lines' in (error as CsvError) ? notCsv(error as CsvError) : error;
  }
  return { databaseName: undefined, tables: [table] };
}

/** Returns the columns of the header, or the usual ones if the first line is a row. */
function columnsOf(record: readonly (string | null)[]): readonly string[] {
  const names = record.map((name) => (name ?? '').trim());
  const missing = NEEDED.filter((name) => !names.includes(name));
  if (missing.length === 0) return names;
  if (record.length === KEY_COLUMNS.length && /^\d+$/.test(names[0] ?? '')) return KEY_COLUMNS;
  throw new ImportError(
    `Of CSV files, only the table that ends in woocommerce_api_keys can be imported. This one has no column ${missing.join(', ')}. Export the table again, with the column names in the first row.`,
  );
}

const mostFrequent = (line: string, characters: readonly string[]): string =>
  characters.reduce((best, next) => (line.split(next).length > line.split(best).length ? next : best));

const unescapedBatch = (value: string): string =>
  value.replace(/\\([tn0\\])/g, (_, name: string) => ({ t: '\t', n: '\n', 0: '\0' })[name] ?? name);

function notCsv({ code, lines, message }: CsvError & { lines?: number }): ImportError {
  const reason =
    code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH' || code === 'CSV_RECORD_INCONSISTENT_COLUMNS'
      ? 'has another number of values than the first line'
      : code === 'CSV_QUOTE_NOT_CLOSED'
        ? 'is in a value whose quotation mark is not closed'
        : `is not CSV (${message})`;
  return new ImportError(
    `Line ${lines ?? 0} ${reason}. The file was cut off or edited: export the table again.`,
  );
}
