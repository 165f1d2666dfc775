import { readSql } from '../support/import/read-source';

const table = (charset: string) =>
  `CREATE TABLE wp_users (ID bigint(20), user_login varchar(60)) ENGINE=MyISAM DEFAULT CHARSET=${charset};\n`;
const insert = (value: string) => `INSERT INTO wp_users (ID, user_login) VALUES (1,'${value}');\n`;

/** Reads the login of a dump whose characters are bytes. */
async function loginIn(
  dump: string,
  encoding: 'utf8' | 'latin1' = 'utf8',
): Promise<string | null | undefined> {
  const { rows } = await readSql(Buffer.from(dump, encoding));
  return rows[0]?.values.user_login;
}
test('reads UTF-8 when the dump names no character set', async () => {
  expect(await loginIn(insert('Müller 店 🚀'))).toBe('Müller 店 🚀');
});

test.each(['SET NAMES latin1', 'SET character_set_client = latin1', '/*!40101 SET NAMES latin1 */'])(
  'reads windows-1252 after %s',
  async (set) => {
    expect(await loginIn(`${set};\n${table('latin1')}${insert('M\xfcller \x80 \x93x\x94')}`, 'latin1')).toBe(
      'Müller € “x”',
    );
  },
);

test('reads UTF-8 that an old store has in a dump of a latin1 client', async () => {
  const dump = `SET NAMES latin1;\n${table('latin1')}`;
  const bytes = Buffer.concat([Buffer.from(dump), Buffer.from(insert('Müller 店'))]);
  expect((await readSql(bytes)).rows[0]?.values.user_login).toBe('Müller 店');
});

// The bytes are the answers of MariaDB to: select hex(convert(_latin1 x'…' using utf8mb4))
test.each([
  ['Müller', '4DC383C2BC6C6C6572'],
  ['Ñandú €', 'C383E28098616E64C383C2BA20C3A2E2809AC2AC'],
  ['à', 'C383C2A0'],
  [
    'Магазин ☂ 店',
    'C390C593C390C2B0C390C2B3C390C2B0C390C2B7C390C2B8C390C2BD20C3A2CB9CE2809A20C3A5C2BAE28094',
  ],
])('repairs %s that was encoded twice in a latin1 table', async (text, twice) => {
  const login = Buffer.from(twice, 'hex').toString();
  expect(login).not.toBe(text);
  expect(await loginIn(`SET NAMES utf8mb4;\n${table('latin1')}${insert(login)}`)).toBe(text);
});

test('keeps text of a latin1 table that was encoded once', async () => {
  expect(await loginIn(`SET NAMES utf8mb4;\n${table('latin1')}${insert('Müller €')}`)).toBe('Müller €');
});

test('repairs nothing in a table that is not latin1', async () => {
  expect(await loginIn(`${table('utf8mb4')}${insert('MÃ¼ller')}`)).toBe('MÃ¼ller');
});

test.each([
  [
    'a column',
    'CREATE TABLE wp_users (ID int, user_login varchar(60) CHARACTER SET latin1) CHARSET=utf8mb4;',
    'Müller',
  ],
  [
    'the collation of a column',
    'CREATE TABLE wp_users (ID int, user_login text COLLATE latin1_swedish_ci) CHARSET=utf8;',
    'Müller',
  ],
  [
    'the collation of a table',
    'CREATE TABLE wp_users (ID int, user_login text) COLLATE=latin1_general_ci;',
    'Müller',
  ],
  [
    'another column',
    'CREATE TABLE wp_users (ID varchar(9) CHARACTER SET latin1, user_login text) CHARSET=utf8;',
    'MÃ¼ller',
  ],
  [
    'the table of a utf8mb4 column',
    'CREATE TABLE wp_users (ID int, user_login text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin) CHARSET=latin1;',
    'MÃ¼ller',
  ],
])('decides by the character set of %s', async (_of, create, login) => {
  expect(await loginIn(`${create}\n${insert('MÃ¼ller')}`)).toBe(login);
});

test('reads other character sets of one byte', async () => {
  expect(await loginIn(`SET NAMES cp1251;\n${insert('\xcc\xe0\xe3\xe0\xe7\xe8\xed')}`, 'latin1')).toBe(
    'Магазин',
  );
  expect(await loginIn(insert('\xed').replace("'", "_koi8r'"), 'latin1')).toBe('М');
});

test('rejects a character set in which a backslash can be half of a character', async () => {
  await expect(loginIn(`SET NAMES sjis;\n${insert('x')}`)).rejects.toThrow(
    'The character set sjis cannot be read. Dump the database with --default-character-set=utf8mb4.',
  );
});

test('takes the character set back that the dump saved', async () => {
  const dump = `SET @saved = @@character_set_client; SET character_set_client = latin1; SET character_set_client = @saved;\n${insert('Müller')}`;
  expect(await loginIn(dump)).toBe('Müller');
});
