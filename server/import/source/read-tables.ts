import { KEYS_TABLE, suffixOf } from './known-columns';
import type { MysqlConnection } from './mysql-connection';
import type { MysqlAddress } from './mysql-url';
import { isNeeded, neededRows, type RowCondition } from './needed-rows';
import { ImportError, type ReadOptions, type SourceContents } from './source';
import { repairDoubleEncoding } from './text-decoding';

const ROWS_PER_STEP = 1000;
/** The tables that every store has. If one is missing, the user may not see it. */
const IN_EVERY_STORE = [KEYS_TABLE, 'users', 'usermeta', 'options'];

const nameOf = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
const textOf = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * Reads the wanted tables of a database.
 *
 * @throws ImportError for a table that may not be read, or the client's errors.
 */
export async function readTables(
  connection: MysqlConnection,
  address: MysqlAddress,
  { wanted, take, progress }: ReadOptions,
): Promise<SourceContents> {
  // Some modes of a server pad texts or change what a quotation mark means.
  await connection.all("SET SESSION sql_mode = ''");
  await connection.all('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
  await connection.all('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
  const found = await connection.all(
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' ORDER BY 1",
  );
  const tables = found.map(([name]) => name ?? '');
  const explained = await explainer(connection, address);
  await expectNothingHidden();

  let done = 0;
  for (const table of tables.filter(wanted)) await explained(table, () => readTable(table));
  progress?.({ done, total: done, unit: 'rows' });
  return { databaseName: address.database, tables };

  async function readTable(table: string): Promise<void> {
    const { columns, latin1 } = await shapeOf(connection, table);
    const needed = neededRows(table);
    const conditionAt = needed === undefined ? -1 : columns.indexOf(needed.column);
    const condition = conditionAt < 0 ? undefined : needed;
    await connection.query(selection(table, condition), (row, names) => {
      if (++done % ROWS_PER_STEP === 0) progress?.({ done, total: undefined, unit: 'rows' });
      if (condition && !isNeeded(condition, row[conditionAt] ?? null)) return;
      const values = names.map((name, index) => {
        const value = row[index] ?? null;
        return [name, value !== null && latin1.has(name) ? repairDoubleEncoding(value) : value] as const;
      });
      take({ table, values: Object.fromEntries(values) });
    });
  }

  /** A table of a partial copy may really be missing. MySQL says so only to those who may read it. */
  async function expectReadable(table: string): Promise<void> {
    try {
      await connection.all(`SELECT 1 FROM ${nameOf(table)} LIMIT 0`);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ER_NO_SUCH_TABLE') throw error;
    }
  }

  /** MySQL does not list tables that a user may not read. */
  async function expectNothingHidden(): Promise<void> {
    const prefixes = tables.map((table) => table.slice(0, -(suffixOf(table)?.length ?? Infinity)));
    const prefix = prefixes
      .filter((_, index) => suffixOf(tables[index] ?? ''))
      .sort((a, b) => a.length - b.length)[0];
    if (tables.length === 0)
      throw new ImportError(
        `The database ${address.database} has no table that the user ${address.user} may read. Check the name in --from, or run: GRANT SELECT ON ${nameOf(address.database)}.* TO ${textOf(address.user)}`,
      );
    if (prefix === undefined) return;
    for (const suffix of IN_EVERY_STORE)
      if (!tables.some((table) => suffixOf(table) === suffix))
        await explained(prefix + suffix, () => expectReadable(prefix + suffix));
  }
}

/** Selects what is needed and perhaps more, because MySQL ignores case and `_` stands for any character. */
function selection(table: string, condition: RowCondition | undefined): string {
  const all = `SELECT * FROM ${nameOf(table)}`;
  if (condition === undefined) return `${all} ORDER BY 1`;
  const column = nameOf(condition.column);
  const names = condition.names.map((name) => `${column} = ${textOf(name)}`);
  const ends = condition.ends.map((end) => `${column} LIKE ${textOf(`%${end}`)}`);
  return `${all} WHERE ${[...names, ...ends].join(' OR ')} ORDER BY 1`;
}

async function shapeOf(connection: MysqlConnection, table: string) {
  const rows = await connection.all(
    `SELECT COLUMN_NAME, CHARACTER_SET_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ${textOf(table)} ORDER BY ORDINAL_POSITION`,
  );
  return {
    columns: rows.map(([name]) => name ?? ''),
    latin1: new Set(rows.filter(([, charset]) => charset === 'latin1').map(([name]) => name ?? '')),
  };
}

/** Returns a function that runs a query, and names the table and the missing right if it is denied. */
async function explainer(connection: MysqlConnection, { database, user }: MysqlAddress) {
  const [[account = null] = []] = await connection.all('SELECT CURRENT_USER()');
  const [name = user, host = '%'] = (account ?? user).split(/@(?=[^@]*$)/);
  return async (table: string, run: () => Promise<unknown>): Promise<void> => {
    try {
      await run();
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== 'ER_TABLEACCESS_DENIED_ERROR' && code !== 'ER_COLUMNACCESS_DENIED_ERROR') throw error;
      throw new ImportError(
        `The user ${user} may not read the table ${table}. Run: GRANT SELECT ON ${nameOf(database)}.${nameOf(table)} TO ${textOf(name)}@${textOf(host)}`,
      );
    }
  };
}
