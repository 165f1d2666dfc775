import { isUtf8 } from 'node:buffer';
import { POSTGRES_DUMP } from './dump-statements';
import { ImportError } from './source';

export type FileContent = 'gzip' | 'utf-8 mark' | 'utf-16le' | 'utf-16be' | 'sql' | 'json' | 'csv';

const UNPACK = 'Unpack it, and import the .sql file that is in it.';
/** What a file begins with that is not text. */
const SIGNATURES: readonly (readonly [bytes: string, message: string])[] = [
  ['PK\x03\x04', `This is a ZIP archive. ${UNPACK}`],
  ['BZh', `This is compressed with bzip2. ${UNPACK}`],
  ['\xfd7zXZ\x00', `This is compressed with xz. ${UNPACK}`],
  ['\x28\xb5\x2f\xfd', `This is compressed with Zstandard. ${UNPACK}`],
  ['7z\xbc\xaf', `This is a 7-Zip archive. ${UNPACK}`],
  ['Rar!', `This is a RAR archive. ${UNPACK}`],
  ['PGDMP', POSTGRES_DUMP],
  ['SQLite format 3\x00', 'This is a database of SQLite. WordPress stores its tables in MySQL or MariaDB.'],
];
const DUMP_IT =
  'Dump the database with mysqldump, mariadb-dump, wp db export, or with Export in phpMyAdmin (format SQL).';
const STATEMENT =
  /^(?:alter|begin|commit|create|delete|delimiter|drop|insert|lock|replace|set|start|truncate|unlock|update|use)\b/i;

/**
 * Returns what a file is, by its first bytes.
 *
 * @throws ImportError for what cannot be imported.
 */
export function fileContent(head: Buffer): FileContent {
  if (head.length === 0) throw new ImportError(`The file is empty. ${DUMP_IT}`);
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  const start = head.toString('latin1', 0, 4096);
  const [, message] = SIGNATURES.find(([bytes]) => start.startsWith(bytes)) ?? [];
  if (message !== undefined) throw new ImportError(message);
  if (start.slice(257, 262) === 'ustar') throw new ImportError(`This is a tar archive. ${UNPACK}`);
  return textEncoding(head, start) ?? textContent(head);
}

/** Windows PowerShell writes UTF-16 with `>`. */
function textEncoding(head: Buffer, start: string): FileContent | undefined {
  if (start.startsWith('\xef\xbb\xbf')) return 'utf-8 mark';
  if (start.startsWith('\xff\xfe') || /^[\n\r\t -~]\0[\n\r\t -~]\0/.test(start)) return 'utf-16le';
  if (start.startsWith('\xfe\xff') || /^\0[\n\r\t -~]\0[\n\r\t -~]/.test(start)) return 'utf-16be';
  // These bytes are in no text: a dump escapes them.
  if (head.subarray(0, 512).some((byte) => byte < 0x09 || (byte > 0x0d && byte < 0x1b)))
    throw new ImportError(`This is not a text file. ${DUMP_IT}`);
  return undefined;
}

function textContent(head: Buffer): FileContent {
  const text = head.toString(isUtf8(head) ? 'utf8' : 'latin1').trimStart();
  if (text.startsWith('<')) throw new ImportError(markup(text));
  if (/^\w+: (?:Got error|Error|Couldn't)/i.test(text))
    throw new ImportError(
      `The dump failed, and the file has only its error: ${text.slice(0, 200).split('\n', 1)[0] ?? ''}`,
    );
  if (/^[[{]/.test(text)) return 'json';
  if (/^(?:--|#|\/\*)/.test(text) || STATEMENT.test(text) || isWarning(text)) return 'sql';
  const [line = ''] = text.split(/\r?\n/, 1);
  if (/consumer_key|key_id/.test(line) || line.split(/[,;\t]/).length >= 9) return 'csv';
  if (text === '') throw new ImportError(`The file has only blanks. ${DUMP_IT}`);
  throw new ImportError(`This is not a dump of a database. ${DUMP_IT}`);
}

/** `2>&1` puts a warning of mysqldump before the dump. */
const isWarning = (text: string): boolean => /^(?:mysqldump|mariadb-dump|mysql): .*warning/i.test(text);

function markup(text: string): string {
  if (/wordpress\.org\/export|WordPress eXtended RSS/i.test(text))
    return `This is an export of WordPress (Tools → Export), which has no keys and no passwords. ${DUMP_IT}`;
  if (/^<\?xml/i.test(text)) return `This is XML, which cannot be imported. ${DUMP_IT}`;
  return `This is a web page, perhaps the sign-in page of the program that should have made the dump. ${DUMP_IT}`;
}
