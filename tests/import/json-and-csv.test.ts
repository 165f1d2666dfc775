import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJson } from '../../server/import/source/read-json';
import type { SourceRow } from '../../server/import/source/source';
import { DUMPS, inChunks, readFrom, storedShop } from '../support/import/read-source';

const folder = mkdtempSync(join(tmpdir(), 'wc-auth-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const JSON_FILE = join(DUMPS, 'shop-three-tables.phpmyadmin.json');
const CSV_FILE = join(DUMPS, 'shop-api_keys.phpmyadmin.csv');
const csv = readFileSync(CSV_FILE, 'utf8');
const { users, keys } = storedShop();
const sqlRows = async () => (await readFrom(join(DUMPS, 'shop-three-tables.sql'))).rows;

const written = (content: string | Buffer): string => {
  const path = join(folder, 'export');
  writeFileSync(path, content);
  return path;
};
const read = (content: string | Buffer) => readFrom(written(content));
const HEADER =
  'key_id,user_id,description,permissions,consumer_key,consumer_secret,nonces,truncated_key,last_access';
const keyOf = async (content: string | Buffer) => (await read(content)).of('woocommerce_api_keys');

describe('JSON of phpMyAdmin', () => {
  test('has the same rows as a dump', async () => {
    const { rows, tables, databaseName, of } = await readFrom(JSON_FILE);
    expect(rows).toEqual(await sqlRows());
    expect({ tables, databaseName }).toEqual({
      tables: ['wp_users', 'wp_usermeta', 'wp_woocommerce_api_keys'],
      databaseName: 'wkora_shop',
    });
    expect(of('wp_users')).toMatchObject(users);
  });

  test('is read the same in chunks of any size', async () => {
    const expected = await sqlRows();
    for (const size of [1, 7, 1000]) {
      const rows: SourceRow[] = [];
      await readJson(
        inChunks(readFileSync(JSON_FILE), () => size),
        { wanted: () => true, take: (row) => rows.push(row) },
      );
      expect(rows).toEqual(expected);
    }
  });

  test('may be written with indentation', async () => {
    const pretty = JSON.stringify(JSON.parse(readFileSync(JSON_FILE, 'utf8')), null, 4);
    expect((await read(pretty)).rows).toEqual(await sqlRows());
  });

  test('may have numbers, booleans and NULL', async () => {
    const { rows } = await read(
      '[{"type":"table","name":"wp_users","data":[{"ID":7,"spam":true,"user_login":null}]}]',
    );
    expect(rows[0]?.values).toEqual({ ID: '7', spam: '1', user_login: null });
  });

  test('has only the options that an import needs', async () => {
    const { rows } = await read(
      '[{"type":"table","name":"wp_options","data":[{"option_name":"x","option_value":"1"},{"option_name":"home","option_value":"2"}]}]',
    );
    expect(rows.map(({ values }) => values.option_name)).toEqual(['home']);
  });

  test.each([
    ['cut off', readFileSync(JSON_FILE).subarray(0, 9000), /The JSON is cut off/],
    [
      'damaged',
      '[{"type":"table" "name":1}]',
      /This JSON is not an export of phpMyAdmin|The JSON is damaged/,
    ],
    ['damaged in a word', '[{"type":tru,', /The JSON is damaged/],
    [
      'something else',
      '[{"type":"table","name":"x","data":[{"a":{}}]}]',
      /This JSON is not an export of phpMyAdmin/,
    ],
    ['a list of numbers', '[1,2]', /This JSON is not an export of phpMyAdmin/],
  ])('is rejected if it is %s', async (_what, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});

describe('CSV of phpMyAdmin', () => {
  test('has the keys as WordPress stored them', async () => {
    const { tables, databaseName, of } = await readFrom(CSV_FILE);
    expect({ tables, databaseName }).toEqual({ tables: ['woocommerce_api_keys'], databaseName: undefined });
    expect(of('woocommerce_api_keys')).toMatchObject(keys);
  });

  test('may belong to a table with a prefix', async () => {
    const { of, tables } = await readFrom(CSV_FILE, { keysTable: 'wp_woocommerce_api_keys' });
    expect(tables).toEqual(['wp_woocommerce_api_keys']);
    expect(of('wp_woocommerce_api_keys')).toHaveLength(keys.length);
  });

  const lines = csv.trimEnd().split('\n');
  test.each([
    ['without a header', lines.slice(1).join('\n')],
    ['with CR LF', csv.replaceAll('\n', '\r\n')],
    ['with a UTF-8 mark', `\ufeff${csv}`],
    ['in UTF-16', Buffer.from(`\ufeff${csv}`, 'utf16le')],
  ])('may be %s', async (_how, content) => {
    expect(await keyOf(content)).toEqual((await readFrom(CSV_FILE)).of('woocommerce_api_keys'));
  });

  test.each([',', ';', '\t'])('may be separated by %j', async (separator) => {
    const row = ['1', '2', 'a,b;c\td', 'read', 'hash', 'cs_1', '', '1234567', ''].map(
      (value) => `"${value}"`,
    );
    const content = [HEADER.split(',').map((name) => `"${name}"`), row]
      .map((line) => line.join(separator))
      .join('\n');
    expect(await keyOf(content)).toEqual([
      expect.objectContaining({ key_id: '1', description: 'a,b;c\td', last_access: '' }),
    ]);
  });

  test('tells NULL from the text "NULL", and reads a line break in a value', async () => {
    const [key] = await keyOf(`${HEADER}\n1,2,"NULL",read,hash,cs_1,NULL,"1234567","a\nb ""c"""\n`);
    expect(key).toMatchObject({ description: 'NULL', nonces: null, last_access: 'a\nb "c"' });
  });

  test('may be windows-1252, as spreadsheets write it', async () => {
    const [key] = await keyOf(
      Buffer.from(`${HEADER}\n1,2,M\xfcller,read,hash,cs_1,NULL,1234567,NULL\n`, 'latin1'),
    );
    expect(key).toMatchObject({ description: 'Müller' });
  });

  test('may be the output of mysql --batch', async () => {
    const row = ['1', '2', String.raw`it's "x"\ta\nb\\`, 'read', 'hash', 'cs_1', 'NULL', '1234567', 'NULL'];
    const [key] = await keyOf(`${HEADER.replaceAll(',', '\t')}\n${row.join('\t')}\n`);
    expect(key).toMatchObject({ description: 'it\'s "x"\ta\nb\\', nonces: null });
  });

  test('may have further columns in another order', async () => {
    const [key] = await keyOf(
      'new,consumer_secret,consumer_key,permissions,user_id,key_id\nx,cs_1,hash,read,2,1\n',
    );
    expect(key).toEqual({
      new: 'x',
      consumer_secret: 'cs_1',
      consumer_key: 'hash',
      permissions: 'read',
      user_id: '2',
      key_id: '1',
    });
  });

  test.each([
    [
      'cut off in a line',
      csv.slice(0, csv.lastIndexOf('","')),
      /^[^:]*: Line \d+ (?:is in a value whose|has another)/,
    ],
    ['missing a value', `${HEADER}\n1,2,3\n`, /Line 2 has another number of values than the first line/],
    [
      'of another table',
      'ID,user_login,key_id\n1,a,2\n',
      /Of CSV files, only the table that ends in woocommerce_api_keys can be imported\. This one has no column user_id, permissions, consumer_key, consumer_secret/,
    ],
  ])('is rejected if it is %s', async (_what, content, message) => {
    await expect(read(content)).rejects.toThrow(message);
  });
});
