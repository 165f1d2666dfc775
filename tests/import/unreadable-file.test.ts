import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DUMPS, readFrom, readSql } from '../support/import/read-source';

const folder = mkdtempSync(join(tmpdir(), 'wc-auth-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const dump = readFileSync(join(DUMPS, 'shop-three-tables.sql'));
const phpMyAdmin = readFileSync(join(DUMPS, 'shop-three-tables.phpmyadmin-quick.sql'), 'utf8');

/** Reads a file with these bytes. Every message begins with the path of the file. */
async function messageFor(content: string | Buffer, name = 'dump.sql'): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const error = await readFrom(path).then(
    () => new Error('no error'),
    (thrown: unknown) => thrown as Error,
  );
  expect(error).toMatchObject({ name: 'ImportError', message: expect.stringContaining(`${path}: `) });
  return error.message.slice(path.length + 2);
}

describe('a dump that was cut off', () => {
  test('in the middle of a row', async () => {
    expect(await messageFor(dump.subarray(0, 9000))).toBe(
      'The dump ends in the middle of a statement, which begins in line 100. It was cut off: dump the database again.',
    );
  });

  test('between two statements', async () => {
    const end = dump.indexOf('-- Dump completed');
    expect(await messageFor(dump.subarray(0, end))).toMatch(
      /^The dump was cut off: its last line is not "-- Dump completed"/,
    );
  });

  test('by phpMyAdmin, between two statements', async () => {
    const end = phpMyAdmin.indexOf('COMMIT;');
    expect(await messageFor(phpMyAdmin.slice(0, end))).toMatch(
      /^The dump was cut off: a START TRANSACTION has no COMMIT/,
    );
  });

  test('before UNLOCK TABLES', async () => {
    expect(await messageFor('LOCK TABLES `wp_users` WRITE;\n')).toMatch(/a LOCK TABLES has no UNLOCK TABLES/);
  });

  test('before another one was appended', async () => {
    const begin = dump.subarray(0, dump.indexOf('-- Dump completed'));
    expect(await messageFor(Buffer.concat([begin, dump]))).toMatch(/a second dump begins before/);
  });

  test('after each of its bytes', async () => {
    const small = Buffer.from(
      "INSERT INTO wp_users (ID, user_login) VALUES (1,'it''s'),\n(2,'b') /* x */;\n-- end",
    );
    const complete = small.indexOf(';') + 1;
    for (let end = 1; end < complete; end++)
      await expect(readSql(small.subarray(0, end))).rejects.toThrow(
        'The dump ends in the middle of a statement, which begins in line 1.',
      );
    expect((await readSql(small)).rows).toHaveLength(2);
  });

  test('while it was compressed', async () => {
    const packed = gzipSync(dump);
    for (const end of [packed.length - 1, packed.length - 9, 2000])
      expect(await messageFor(packed.subarray(0, end), 'dump.sql.gz')).toBe(
        'The file is cut off: its compressed data has no end. Copy or dump it again.',
      );
  });
});

test('a compressed dump that is damaged', async () => {
  const packed = gzipSync(dump);
  packed.fill(0x55, 3000, 3100);
  expect(await messageFor(packed, 'dump.sql.gz')).toMatch(/^The file is damaged: it cannot be decompressed/);
});

test.each([
  ['an empty file', '', /^The file is empty/],
  ['blanks', ' \n\n', /^The file has only blanks/],
  ['a ZIP archive', 'PK\x03\x04\x14\0', /^This is a ZIP archive\. Unpack it/],
  ['a compressed ZIP archive', gzipSync('PK\x03\x04\x14\0'), /^This is a ZIP archive/],
  ['bzip2', 'BZh91AY&SY', /^This is compressed with bzip2/],
  ['xz', Buffer.from('\xfd7zXZ\0', 'latin1'), /^This is compressed with xz/],
  ['Zstandard', Buffer.from('\x28\xb5\x2f\xfd', 'latin1'), /^This is compressed with Zstandard/],
  ['a tar archive', gzipSync(`wp.sql${'\0'.repeat(251)}ustar\0`), /^This is a tar archive/],
  ['a program', Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0', 'latin1'), /^This is not a text file/],
  ['an image', Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1'), /^This is not a text file/],
  ['a database of SQLite', 'SQLite format 3\0', /^This is a database of SQLite/],
  ['a web page', '\n<!DOCTYPE html><html><title>Sign in</title>', /^This is a web page/],
  [
    'an export of WordPress',
    '<?xml version="1.0"?>\n<!-- This is a WordPress eXtended RSS file -->',
    /^This is an export of WordPress \(Tools → Export\), which has no keys/,
  ],
  ['XML', '<?xml version="1.0"?><mysqldump>', /^This is XML/],
  [
    'a dump of PostgreSQL',
    '--\n-- PostgreSQL database dump\n--\n\nSET x = 0;\n',
    /^This is a dump of PostgreSQL/,
  ],
  [
    'rows of PostgreSQL',
    'COPY public.wp_users (id) FROM stdin;\n1\n\\.\n',
    /^This is a dump of PostgreSQL|^This is not a dump/,
  ],
  ['a custom dump of PostgreSQL', 'PGDMP\x01', /^This is a dump of PostgreSQL/],
  ['prose', 'Dear sir,\nplease find attached', /^This is not a dump of a database/],
  ['only comments', '-- nothing\n', /^The file has no SQL statement/],
  [
    'the error of a dump',
    'mysqldump: Got error: 1045: "Access denied for user"',
    /^The dump failed, and the file has only its error: mysqldump: Got error: 1045/,
  ],
  ['another JSON', '[{"ID":1}]', /^This JSON is not an export of phpMyAdmin/],
  ['an object of JSON', '{"a":[]}', /^This JSON is not an export of phpMyAdmin/],
])('explains %s', async (_what, content, message) => {
  expect(await messageFor(content)).toMatch(message);
});

test.each([
  [
    'a function',
    'INSERT INTO wp_users (ID) VALUES\n(NOW());',
    'Line 2 has a value of wp_users that is not a string, a number or NULL.',
  ],
  [
    'a missing value',
    'INSERT INTO wp_users (ID, a) VALUES\n(1,2),\n(1);',
    'Line 3 has 1 values for the 2 columns of wp_users.',
  ],
  ['INSERT … SELECT', 'INSERT INTO wp_users SELECT * FROM x;', 'Line 1 writes to wp_users without VALUES.'],
  ['INSERT … SET', 'INSERT INTO wp_users SET ID = 1;', 'Line 1 writes to wp_users without VALUES.'],
  ['UPDATE', 'UPDATE `wp_users` SET ID = 1;', 'Line 1 changes wp_users with UPDATE.'],
  [
    'a row without an end',
    'INSERT INTO wp_users (ID) VALUES (1;',
    'Line 1 ends a statement in the middle of a row of wp_users.',
  ],
  [
    'two databases',
    'USE a;INSERT INTO wp_users (ID) VALUES (1);USE b;\nINSERT INTO wp_users (ID) VALUES (1);',
    'Line 2 begins rows of wp_users in the database b, but there are rows of wp_users in a too.',
  ],
])('rejects %s and names the line', async (_what, sql, message) => {
  expect(await messageFor(sql)).toContain(message);
});

test('ignores what it cannot read in tables that are not wanted', async () => {
  const path = join(folder, 'other.sql');
  writeFileSync(
    path,
    'INSERT INTO wp_posts SELECT NOW();UPDATE wp_posts SET a = 1;INSERT INTO wp_users (ID) VALUES (1);',
  );
  expect((await readFrom(path)).rows).toHaveLength(1);
});

test('names a file that does not exist, and a folder', async () => {
  await expect(readFrom(join(folder, 'missing.sql'))).rejects.toThrow('missing.sql: There is no such file.');
  await expect(readFrom(folder)).rejects.toThrow(`${folder}: This is a folder.`);
});

test('rejects a URL of something else', async () => {
  await expect(async () => readFrom('postgres://u@h/d')).rejects.toThrow(
    '--from must be a file or mysql://USER@HOST/DATABASE. A URL that begins with postgres:// cannot be imported.',
  );
});
