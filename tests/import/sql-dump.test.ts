import { join } from 'node:path';
import { DUMPS, readFrom, readSql, storedShop } from '../support/import/read-source';

const { users, keys } = storedShop();

test.each([
  ['mariadb-dump', 'shop-three-tables.sql'],
  ['mariadb-dump --complete-insert', 'shop-three-tables.complete-insert.sql'],
  ['phpMyAdmin', 'shop-three-tables.phpmyadmin-quick.sql'],
])('reads every row of a dump by %s as WordPress stored it', async (_program, file) => {
  const read = await readFrom(join(DUMPS, file));
  expect(read).toMatchObject({
    databaseName: 'wkora_shop',
    tables: ['wp_users', 'wp_usermeta', 'wp_woocommerce_api_keys'],
  });
  expect(read.of('wp_users')).toMatchObject(users);
  expect(read.of('wp_woocommerce_api_keys')).toMatchObject(keys);
  expect(read.of('wp_usermeta')).toHaveLength(23);
  expect(read.of('wp_usermeta')).toContainEqual(
    expect.objectContaining({
      user_id: '1',
      meta_key: 'wp_capabilities',
      meta_value: 'a:1:{s:13:"administrator";b:1;}',
    }),
  );
});

test('reads what is left of a dump that a latin1 client made', async () => {
  const read = await readFrom(join(DUMPS, 'shop-three-tables.latin1-client.sql'));
  const lost = (text: string | null | undefined) =>
    text?.replace(/[^\0-\xff]+/gu, (run) => '?'.repeat(Array.from(run).length));
  expect(read.of('wp_users').map(({ display_name }) => display_name)).toEqual(
    users.map(({ display_name }) => lost(display_name)),
  );
  expect(read.of('wp_woocommerce_api_keys').map(({ description }) => description)).toEqual(
    keys.map(({ description }) => lost(description) ?? null),
  );
});

/** Reads the values of the columns of one row, from what stands between the parentheses. */
const valuesOf = async (values: string, before = ''): Promise<(string | null)[]> => {
  const count = (values.match(/,(?! )/g) ?? []).length + 1;
  const columns = Array.from({ length: count }, (_, index) => `\`c${index}\``).join(', ');
  const { rows } = await readSql(`${before}INSERT INTO \`wp_users\` (${columns}) VALUES (${values});\n`);
  return Object.values(rows[0]?.values ?? {});
};

describe('values', () => {
  test.each([
    ['a doubled quotation mark', "'O''Neil'", "O'Neil"],
    ['escapes', String.raw`'\0\'\"\b\n\r\t\Z\\\%\_\x'`, '\0\'"\b\n\r\t\x1a\\\\%\\_x'],
    ['text in double quotation marks', String.raw`"say \"hi\" ""now"""`, 'say "hi" "now"'],
    ['what looks like SQL', String.raw`'); -- /* # \'; */'`, "); -- /* # '; */"],
    ['NULL', 'NULL', null],
    ['null in small letters', 'null', null],
    ['a negative number', '-12', '-12'],
    ['a decimal number', '1.50', '1.50'],
    ['a number with an exponent', '1.5e-7', '1.5e-7'],
    ['a zero date', "'0000-00-00 00:00:00'", '0000-00-00 00:00:00'],
    ['a hexadecimal literal', '0x4dc3bc6c6c6572', 'Müller'],
    ["x'…'", "x'4dC3BC6c6c6572'", 'Müller'],
    ["b'…'", "b'0100000101000010'", 'AB'],
    ["_binary '…'", "_binary 'M\\'üller'", "M'üller"],
    ["_utf8mb4'…'", "_utf8mb4'Müller'", 'Müller'],
    ["N'…'", "N'Müller'", 'Müller'],
    ['strings next to each other', "'Mül' 'ler'", 'Müller'],
    ['an empty text', "''", ''],
    ['a boolean', 'TRUE', '1'],
  ])('reads %s', async (_what, sql, value) => {
    expect(await valuesOf(`${sql},'next'`)).toEqual([value, 'next']);
  });

  test('reads a literal of bytes in a column of numbers as a number', async () => {
    const { rows } = await readSql(
      "INSERT INTO wp_users (ID, user_status, user_login) VALUES (0x1F, b'11', 0x61);",
    );
    expect(rows[0]?.values).toEqual({ ID: '31', user_status: '3', user_login: 'a' });
  });

  test('reads a backslash as itself while sql_mode has NO_BACKSLASH_ESCAPES', async () => {
    const mode = "/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='ANSI,NO_BACKSLASH_ESCAPES' */;\n";
    expect(await valuesOf(String.raw`'C:\','it''s'`, mode)).toEqual(['C:\\', "it's"]);
    expect(await valuesOf(String.raw`'\n','x'`, `${mode}SET SQL_MODE=@OLD_SQL_MODE;\n`)).toEqual(['\n', 'x']);
    expect(
      await valuesOf(
        String.raw`'C:\','x'`,
        "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES');",
      ),
    ).toEqual(['C:\\', 'x']);
  });
});

const CREATE = `CREATE TABLE \`shop7_options\` (
  \`option_id\` bigint unsigned NOT NULL AUTO_INCREMENT COMMENT 'a \`name\`, (and) more',
  \`option_name\` varchar(191) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  \`option_value\` longtext NOT NULL CHECK (json_valid(\`option_value\`)),
  PRIMARY KEY (\`option_id\`),
  UNIQUE KEY \`option_name\` (\`option_name\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4;`;
const HOME = { option_id: '2', option_name: 'home', option_value: 'https://shop.example' };

describe('statements', () => {
  test.each([
    ['INSERT', "INSERT INTO `shop7_options` VALUES (2,'home','https://shop.example');"],
    ['REPLACE', "REPLACE INTO `shop7_options` VALUES (2,'home','https://shop.example');"],
    ['INSERT IGNORE', "INSERT  IGNORE INTO `shop7_options` VALUES (2,'home','https://shop.example');"],
    [
      'a name with its database',
      "INSERT INTO `wp`.`shop7_options` VALUES (2,'home','https://shop.example');",
    ],
    ['names without quotation marks', "insert into shop7_options values(2,'home','https://shop.example');"],
    [
      'ANSI quotation marks',
      `INSERT INTO "shop7_options" ("option_id","option_name","option_value") VALUES (2,'home','https://shop.example');`,
    ],
    [
      'columns in another order',
      "INSERT INTO `shop7_options` (`option_value`, `option_id`, `option_name`) VALUES ('https://shop.example',2,'home');",
    ],
    [
      'ON DUPLICATE KEY UPDATE',
      "INSERT INTO `shop7_options` VALUES (2,'home','https://shop.example') ON DUPLICATE KEY UPDATE option_value = VALUES(option_value);",
    ],
    [
      'an insert in a comment that MySQL executes',
      "/*!40000 INSERT INTO `shop7_options` VALUES (2,'home','https://shop.example') */;",
    ],
    [
      'comments between the tokens',
      "INSERT /* x; */ INTO # y;\n `shop7_options` -- z;\n VALUES (2,'home','https://shop.example');",
    ],
  ])('reads %s', async (_what, sql) => {
    for (const text of [`${CREATE}\n${sql}\n`, `${CREATE}\n${sql}\n`.replaceAll('\n', '\r\n')]) {
      const { rows, tables } = await readSql(text);
      expect(rows).toEqual([{ table: 'shop7_options', values: HOME }]);
      expect(tables).toEqual(['shop7_options']);
    }
  });

  test('reads a CREATE TABLE that is in a comment which MySQL executes', async () => {
    const insert = "INSERT INTO `shop7_options` VALUES (2,'home','https://shop.example');";
    const { rows } = await readSql(`/*!50503 ${CREATE.replace(/;$/, '')} */;\n${insert}`);
    expect(rows[0]?.values).toEqual(HOME);
  });

  test('skips triggers, views, routines and other tables', async () => {
    const { rows, tables } = await readSql(`/*M!999999\\- enable the sandbox mode */
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=\`root\`@\`%\`*/ /*!50003 TRIGGER \`t\` BEFORE INSERT ON \`wp_users\` FOR EACH ROW BEGIN
  INSERT INTO wp_options VALUES (1, 'home', 'wrong', 'yes');
END */;;
CREATE PROCEDURE p() BEGIN INSERT INTO wp_options VALUES (1, 'home', 'wrong', 'yes'); END;;
DELIMITER ;
DELIMITER $$
CREATE FUNCTION f() RETURNS INT BEGIN RETURN 'it''s $$ 1;'; END$$
DELIMITER ;
/*!50001 CREATE VIEW \`v\` AS SELECT 1 AS \`a;b\` */;
CREATE TABLE \`wp_posts\` (\`a\` text);
INSERT INTO \`wp_posts\` VALUES ('it''s; \\'INSERT INTO wp_options VALUES (1, \\'home\\', \\'wrong\\', \\'yes\\');'),("x;");
INSERT INTO \`wp_options\` VALUES (1,'home','right','yes');
`);
    expect(rows.map(({ values }) => values.option_value)).toEqual(['right']);
    expect(tables).toEqual(['wp_posts', 'wp_options']);
  });

  test('reads a dump of mysqldump 8', async () => {
    const { rows, databaseName } = await readSql(`-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------
-- Server version\t8.0.36

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!50503 SET NAMES utf8mb4 */;
SET @MYSQLDUMP_TEMP_LOG_BIN = @@SESSION.SQL_LOG_BIN;
SET @@SESSION.SQL_LOG_BIN= 0;
SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ '8e1f2d3c-0000-11ee-8c99-0242ac120002:1-77';
DROP TABLE IF EXISTS \`wp_users\`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!50503 SET character_set_client = utf8mb4 */;
CREATE TABLE \`wp_users\` (
  \`ID\` bigint unsigned NOT NULL AUTO_INCREMENT,
  \`user_login\` varchar(60) COLLATE utf8mb4_unicode_520_ci NOT NULL DEFAULT '',
  PRIMARY KEY (\`ID\`),
  KEY \`user_login_key\` (\`user_login\`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_520_ci;
/*!40101 SET character_set_client = @saved_cs_client */;
LOCK TABLES \`wp_users\` WRITE;
/*!40000 ALTER TABLE \`wp_users\` DISABLE KEYS */;
INSERT INTO \`wp_users\` VALUES (1,'Jürgen'),(2,'it\\'s');
/*!40000 ALTER TABLE \`wp_users\` ENABLE KEYS */;
UNLOCK TABLES;
/*!40101 SET CHARACTER_SET_CLIENT=@OLD_CHARACTER_SET_CLIENT */;
-- Dump completed on 2026-11-27 22:50:16
`);
    expect(rows.map(({ values }) => values)).toEqual([
      { ID: '1', user_login: 'Jürgen' },
      { ID: '2', user_login: "it's" },
    ]);
    expect(databaseName).toBe('shop');
  });
});

describe('without CREATE TABLE and column names', () => {
  const NINE = "1,2,'d','read','hash','cs_1',NULL,'1234567',NULL";
  test.each([
    ['wp_options', "(1,'home','x','yes')", { option_name: 'home', option_value: 'x' }],
    ['wp_usermeta', "(1,2,'wp_capabilities','a:0:{}')", { user_id: '2', meta_value: 'a:0:{}' }],
    ['wp_sitemeta', "(1,1,'site_admins','a:0:{}')", { site_id: '1', meta_key: 'site_admins' }],
    ['wp_users', "(1,'l','p','n','e','u','0000-00-00 00:00:00','',0,'d')", { ID: '1', display_name: 'd' }],
    ['wp_users', "(1,'l','p','n','e','u','0000-00-00 00:00:00','',0,'d',0,1)", { spam: '0', deleted: '1' }],
    ['wp_2_woocommerce_api_keys', `(${NINE})`, { key_id: '1', consumer_secret: 'cs_1', last_access: null }],
  ])('reads %s in the order of WordPress: %s', async (table, row, values) => {
    const { rows } = await readSql(`INSERT INTO \`${table}\` VALUES ${row},\n${row};\n`);
    expect(rows).toEqual([
      { table, values: expect.objectContaining(values) },
      { table, values: expect.objectContaining(values) },
    ]);
  });

  test('rejects a table of the store with another number of columns', async () => {
    await expect(
      readSql(`INSERT INTO wp_woocommerce_api_keys VALUES (${NINE});INSERT INTO wp_users VALUES (1,'a');`),
    ).rejects.toThrow(
      'The dump does not name the 2 columns of wp_users, and WordPress has no such table. Dump the database with CREATE TABLE, or add --complete-insert.',
    );
  });

  test('ignores such a table of a plugin', async () => {
    const { rows } = await readSql(
      `INSERT INTO wp_forum_users VALUES (1,'a');INSERT INTO wp_woocommerce_api_keys VALUES (${NINE});`,
    );
    expect(rows.map(({ table }) => table)).toEqual(['wp_woocommerce_api_keys']);
  });
});

test('reads of user meta, options and site meta only what an import needs', async () => {
  const { rows } = await readSql(`
INSERT INTO wp_usermeta VALUES (1,1,'nickname','x'),(2,1,'wp_2_capabilities','a'),(3,1,NULL,'x'),(4,1,'wp_capabilities','b');
INSERT INTO wp_options (option_value, option_name) VALUES ('1','_transient_x'),('2','gmt_offset'),('3','shop7_user_roles'),('4','siteurl');
INSERT INTO wp_sitemeta VALUES (1,1,'site_name','x'),(2,1,'site_admins','a');`);
  expect(rows.map(({ values }) => values.meta_key ?? values.option_name)).toEqual([
    'wp_2_capabilities',
    'wp_capabilities',
    'gmt_offset',
    'shop7_user_roles',
    'siteurl',
    'site_admins',
  ]);
});
