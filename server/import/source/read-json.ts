import { Tokenizer, TokenType } from '@streamparser/json';
import { KEYS_TABLE } from './known-columns';
import { isNeeded, neededRows } from './needed-rows';
import { ImportError, type ReadOptions, type SourceContents } from './source';

type Token = Parameters<Tokenizer['onToken']>[0];
type Scalar = string | number | boolean | null;

/** What a token must be: a part of phpMyAdmin's list of entries, or of the rows of one. */
type Place = 'list' | 'entry' | 'rows' | 'row' | 'end';

const { LEFT_BRACE, RIGHT_BRACE, LEFT_BRACKET, RIGHT_BRACKET, COLON, COMMA, STRING } = TokenType;

/**
 * Reads JSON as phpMyAdmin exports it: a list with an entry for each table, which has a list of rows.
 *
 * @throws ImportError
 */
export async function readJson(
  chunks: AsyncIterable<Buffer>,
  { wanted, take }: Pick<ReadOptions, 'wanted' | 'take'>,
): Promise<SourceContents> {
  // The default buffer of 0 joins strings byte by byte.
  const tokenizer = new Tokenizer({ stringBufferSize: 64 * 1024 });
  const tables: string[] = [];
  let databaseName: string | undefined;
  let place: Place | undefined;
  let key: string | undefined;
  /** `key`, `:` and a value, then `,`. */
  let expected: 'key' | 'colon' | 'value' | 'comma' = 'value';
  let entry: Record<string, Scalar> = {};
  let row: Record<string, Scalar> = {};

  const notOfPhpMyAdmin = (): never => {
    throw new ImportError(
      'This JSON is not an export of phpMyAdmin. Export the tables in phpMyAdmin (format SQL or JSON), or dump the database with mysqldump.',
    );
  };

  function enter(next: Place): void {
    place = next;
    expected = next === 'entry' || next === 'row' ? 'key' : 'value';
    if (next === 'entry') entry = {};
    if (next === 'row') row = {};
  }

  function open(token: TokenType): void {
    if (token === LEFT_BRACKET && place === undefined) enter('list');
    else if (token === LEFT_BRACE && place === 'list') enter('entry');
    else if (token === LEFT_BRACKET && place === 'entry' && key === 'data') beginTable();
    else if (token === LEFT_BRACE && place === 'rows') enter('row');
    else notOfPhpMyAdmin();
  }

  function beginTable(): void {
    const { type, name, database } = entry;
    if (type !== 'table' || typeof name !== 'string') return notOfPhpMyAdmin();
    tables.push(name);
    if (typeof database === 'string' && (databaseName === undefined || name.endsWith(KEYS_TABLE)))
      databaseName = database;
    enter('rows');
  }

  function close(token: TokenType): void {
    const isBrace = token === RIGHT_BRACE;
    if (isBrace && place === 'row') finishRow();
    else if (isBrace && place === 'entry') finishEntry();
    else if (!isBrace && place === 'rows') place = 'entry';
    else if (!isBrace && place === 'list') place = 'end';
    else notOfPhpMyAdmin();
    expected = 'comma';
  }

  function finishEntry(): void {
    place = 'list';
    if (typeof entry.type !== 'string') return notOfPhpMyAdmin();
    if (entry.type === 'database' && typeof entry.name === 'string') databaseName = entry.name;
  }

  function finishRow(): void {
    place = 'rows';
    const table = String(entry.name);
    if (!wanted(table)) return;
    const values = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, textOf(value)]));
    const condition = neededRows(table);
    if (!condition || !(condition.column in values) || isNeeded(condition, values[condition.column] ?? null))
      take({ table, values });
  }

  function scalar(value: Scalar): void {
    if (key === undefined || (place !== 'entry' && place !== 'row')) return notOfPhpMyAdmin();
    (place === 'entry' ? entry : row)[key] = value;
    expected = 'comma';
  }

  function read({ token, value }: Token): void {
    if (expected === 'key' && token === STRING) {
      key = value as string;
      expected = 'colon';
    } else if (expected === 'colon' && token === COLON) expected = 'value';
    else if (token === COMMA && expected === 'comma')
      expected = place === 'entry' || place === 'row' ? 'key' : 'value';
    else if (token === RIGHT_BRACE || token === RIGHT_BRACKET) close(token);
    else if (expected !== 'value') notOfPhpMyAdmin();
    else if (token === LEFT_BRACE || token === LEFT_BRACKET) open(token);
    else scalar(value);
  }

  let failure: unknown;
  tokenizer.onToken = (token) => {
    try {
      read(token);
    } catch (error) {
      failure ??= error;
    }
  };
  tokenizer.onError = (error) => {
    failure ??= new ImportError(`The JSON is damaged (${error.message}). Export the tables again.`);
  };
  for await (const chunk of chunks) {
    tokenizer.write(chunk);
    if (failure !== undefined) throw failure as Error;
  }
  if (place !== 'end')
    throw new ImportError('The JSON is cut off: its list has no end. Export the tables again.');
  return { databaseName, tables };
}

const textOf = (value: Scalar): string | null =>
  value === null ? null : typeof value === 'boolean' ? String(Number(value)) : String(value);
