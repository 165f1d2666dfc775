import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from '../support/jest/fast-check';
import { readDump } from '../../server/import/source/read-dump';
import type { SourceRow } from '../../server/import/source/source';
import { DUMPS, inChunks, readSql } from '../support/import/read-source';

const AWKWARD = Buffer.from(
  `/*M!999999\\- enable the sandbox mode */
-- Host: h    Database: shop
# comment 'with a mark
/*!40101 SET NAMES utf8mb4 */; SET @OLD=@@SQL_MODE/*!*/;
DELIMITER $$
/*!50003 CREATE TRIGGER t BEGIN INSERT INTO wp_users VALUES ('$'); END */$$
DELIMITER ;
CREATE TABLE \`wp_users\` (\`ID\` int, \`a\`\`b\` text, c decimal(3,2)) CHARSET=latin1;
INSERT INTO wp_posts VALUES ('it''s \\\\',"x;\\"--"),(1 -- 'x
,/* ' */ 2);
INSERT INTO \`shop\`.\`wp_users\` VALUES (1,'it''s; \\'x\\\\','-1.5e-3'),(0x1F,_utf8mb4'M\u00c3\u00bcller',-1.5E+3),
(NULL,'','');
REPLACE INTO wp_users (\`ID\`) VALUES (7)`.concat(' ;\n'),
);

async function rowsOf(dump: Buffer, size: () => number): Promise<SourceRow[]> {
  const rows: SourceRow[] = [];
  await readDump(inChunks(dump, size), {
    wanted: (table) => table !== 'wp_posts',
    take: (row) => rows.push(row),
  });
  return rows;
}

test.each(['shop-three-tables.sql', 'shop-three-tables.phpmyadmin-quick.sql'])(
  'reads the same rows of %s byte by byte as at once',
  async (file) => {
    const dump = readFileSync(join(DUMPS, file));
    expect(await rowsOf(dump, () => 1)).toEqual((await readSql(dump)).rows);
  },
);

test('reads the same rows wherever the chunks of a dump end', async () => {
  const whole = await rowsOf(AWKWARD, () => AWKWARD.length);
  expect(whole.map(({ values }) => Object.values(values))).toEqual([
    ['1', "it's; 'x\\", '-1.5e-3'],
    ['31', 'Müller', '-1.5E+3'],
    [null, '', ''],
    ['7'],
  ]);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 50 }),
      async (sizes) => {
        let next = 0;
        expect(await rowsOf(AWKWARD, () => sizes[next++ % sizes.length]!)).toEqual(whole);
      },
    ),
    { numRuns: 300 },
  );
});

test('reads any text that MySQL escaped, in chunks of any size', async () => {
  const names = new Map(
    ['\0', '\n', '\r', '\x1a'].map((character, index) => [character, '0nrZ'.charAt(index)]),
  );
  const escaped = (text: string) =>
    Array.from(text, (character) =>
      names.has(character) || '\\\'"'.includes(character)
        ? `\\${names.get(character) ?? character}`
        : character,
    ).join('');
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom("'", '"', '\\', '\n', '\0', ';', '-', '/', '*', '%', 'ü', '店'),
      fc.string({ minLength: 1, maxLength: 1 }),
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 30 }),
      async (texts, size) => {
        const rows = texts.map((value) => `('${escaped(value)}')`).join(',');
        const read = await rowsOf(Buffer.from(`INSERT INTO wp_users (a) VALUES ${rows};`), () => size);
        expect(read.map(({ values }) => values.a)).toEqual(texts);
      },
    ),
    { numRuns: 300 },
  );
});

test('rejects a text that is too long in a row that is needed, and no other', async () => {
  const long = 'x'.repeat(1024 * 1024 + 1);
  const read = async (sql: string): Promise<number> => {
    let count = 0;
    const chunks = inChunks(Buffer.from(sql), () => 64 * 1024);
    await readDump(chunks, { wanted: () => true, take: () => count++ }, { longestText: 1024 * 1024 });
    return count;
  };
  await expect(read(`INSERT INTO wp_users (ID, a) VALUES\n(1,'${long}');`)).rejects.toThrow(
    'Line 2 has a text of more than 1 MiB. No text of WordPress is so long.',
  );
  expect(await read(`INSERT INTO wp_users (ID, a) VALUES (1,'${long.slice(1)}');`)).toBe(1);
  expect(
    await read(`INSERT INTO wp_options VALUES (1,'_transient_x','${long}','no'),(2,'home','h','yes');`),
  ).toBe(1);
});
