import { BACKTICK, CLOSE, COMMA, DOT, OPEN } from './dump-bytes';
import type { TokenReader } from './token-reader';
import { tableName, type TableShape } from './dump-tables';

const BEFORE_NAME = /^(?:IF|NOT|EXISTS)$/i;
const NO_COLUMN = /^(?:PRIMARY|KEY|UNIQUE|INDEX|CONSTRAINT|FULLTEXT|SPATIAL|CHECK|FOREIGN|PERIOD)$/i;

/** What happens with a table, once its name is known and at its end. */
export interface TableTaker {
  readonly begin: (table: string) => void;
  readonly end: (table: string, shape: TableShape) => void;
}

/** Reads CREATE TABLE from the word after TABLE. */
export function createTableReader({ begin, end }: TableTaker): TokenReader {
  const name = tableName();
  const charsets = new Map<string, string | undefined>();
  let column: string | undefined;
  let tableCharset: string | undefined;
  let depth = 0;
  let isAtStart = false;
  /** Which kind of word comes next. */
  let expected: 'charset' | 'collation' | undefined;
  let previous = '';

  function setCharset(charset: string): void {
    if (depth > 0 && column !== undefined) charsets.set(column, charset);
    else if (depth === 0) tableCharset = charset;
  }

  function token(text: string, isName: boolean): void {
    if (depth === 0 && charsets.size === 0 && !name.isComplete() && (isName || !BEFORE_NAME.test(text))) {
      name.take(text);
    } else if (depth === 1 && isAtStart) {
      isAtStart = false;
      column = isName || !NO_COLUMN.test(text) ? text : undefined;
      if (column !== undefined) charsets.set(column, undefined);
    } else if (!isName) option(text);
    previous = text.toUpperCase();
  }

  /** `CHARACTER SET latin1`, `DEFAULT CHARSET=latin1` or `COLLATE latin1_swedish_ci`. */
  function option(text: string): void {
    if (expected === 'charset') setCharset(text);
    // The character set of a collation is its first part. A character set that was named counts more.
    else if (expected === 'collation' && charsetSoFar() === undefined) setCharset(text.replace(/_.*/, ''));
    const word = text.toUpperCase();
    const isCharset = word === 'CHARSET' || (word === 'SET' && previous === 'CHARACTER');
    expected = isCharset ? 'charset' : word === 'COLLATE' ? 'collation' : undefined;
  }
  const charsetSoFar = () => (depth === 0 ? tableCharset : column && charsets.get(column));

  return {
    word: (text) => token(text, false),
    quoted(mark, bytes) {
      const isName = mark === BACKTICK || (depth === 1 && isAtStart) || !name.isComplete();
      if (isName) token(bytes.toString(), true);
      else if (expected !== undefined) option(bytes.toString());
    },
    sign(code) {
      if (code === DOT && depth === 0) name.dot();
      else if (code === OPEN) {
        if (charsets.size === 0 && depth === 0) begin(name.table());
        isAtStart = ++depth === 1;
      } else if (code === CLOSE) depth--;
      else if (code === COMMA && depth === 1) isAtStart = true;
    },
    end() {
      const latin1 = [...charsets].filter(
        ([, charset]) => (charset ?? tableCharset)?.toLowerCase() === 'latin1',
      );
      end(name.table(), { columns: [...charsets.keys()], latin1: new Set(latin1.map(([of]) => of)) });
    },
  };
}
