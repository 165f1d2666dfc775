import type { Pool } from 'pg';
import { retry } from '../retry';
import { timesShared } from '../bulk-writes';
import type { FinderQuestion, HotStatements, Snapshot, SqlValue } from '../hot-statements';
import { updateStatement, upsertStatement } from './bulk-statements';
import { withoutNul } from './connections';
import { isConnectionLost, isTimeout, postgresError, postgresErrors } from './errors';

// The number of lookups of one finder that run at the same time. Those that come in the meantime
// share the next query.
const QUESTIONS_AT_ONCE = 2;
const ROWS_PER_STATEMENT = 1_000;

interface Wanted {
  readonly value: string;
  readonly answer: (row: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Parameter = SqlValue | readonly SqlValue[];

/** Prepares each statement once per connection, under its own name. */
export function hotStatements(pool: Pool): HotStatements {
  let statements = 0;

  function prepared(sql: string) {
    let position = 0;
    const text = sql.replace(/\?/g, () => `$${++position}`);
    const name = `hot-${++statements}`;
    return async (values: readonly Parameter[]) => {
      try {
        return await pool.query<Record<string, unknown>>({ name, text, values: values.map(clean) });
      } catch (error) {
        throw postgresError(error);
      }
    };
  }

  /**
   * Repeats a read once. The first statement on a connection that has died since its last use is
   * the one that fails.
   */
  function reading(sql: string) {
    const ask = prepared(sql);
    return async (values: readonly Parameter[]): Promise<Record<string, unknown>[]> => {
      try {
        return (await ask(values)).rows;
      } catch (error) {
        if (!isConnectionLost(error) || isTimeout(error)) throw error;
        return (await ask(values)).rows;
      }
    };
  }

  return {
    reader<Row>(sql: string) {
      const ask = reading(sql);
      return async (...values) => (await ask(values))[0] as Row | undefined;
    },
    rowsReader<Row>(sql: string) {
      const ask = reading(sql);
      return async (...values) => (await ask(values)) as Row[];
    },
    finder<Row>({ columns, from, join, column }: FinderQuestion) {
      const ask = reading(`select ${columns} from ${from} ${join} where ${column} = any(?)`);
      let wanted: Wanted[] = [];
      let underWay = 0;

      async function askTogether(): Promise<void> {
        if (wanted.length === 0 || underWay === QUESTIONS_AT_ONCE) return;
        const asked = wanted;
        wanted = [];
        underWay += 1;
        try {
          const rows = await ask([asked.map(({ value }) => value)]);
          const found = new Map(rows.map((row) => [row[column], row]));
          for (const { value, answer } of asked) answer(found.get(value));
        } catch (error) {
          for (const { reject } of asked) reject(error);
        } finally {
          underWay -= 1;
          void askTogether();
        }
      }

      return async <T>(value: () => string, decide: (snapshot: Snapshot<Row>) => T | Promise<T>) => {
        const row = await new Promise<unknown>((answer, reject) => {
          wanted.push({ value: value(), answer, reject });
          // Shares the query with everything else that comes in during this turn of the event loop.
          if (wanted.length === 1) setImmediate(() => void askTogether());
        });
        return decide({ version: undefined, row: () => row as Row | undefined });
      };
    },
    writer(sql) {
      const write = prepared(sql);
      return (...values) => retry(postgresErrors, async () => (await write(values)).rowCount ?? 0);
    },
    bulkUpdate(update) {
      const write = prepared(updateStatement(update));
      return (rows) => writeAll(rows, write);
    },
    bulkUpsert(upsert) {
      const write = prepared(upsertStatement(upsert));
      const length = timesShared(upsert);
      return (rows, shared) =>
        writeAll(rows, (columns) => write([...columns, ...Array.from({ length }, () => shared)]));
    },
  };
}

/** Writes some rows at a time, with one array for each column. */
async function writeAll(
  rows: readonly (readonly SqlValue[])[],
  write: (columns: readonly Parameter[]) => Promise<unknown>,
): Promise<void> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    const some = rows.slice(start, start + ROWS_PER_STATEMENT);
    const columns = (some[0] ?? []).map((_, column) => some.map((row) => row[column] ?? null));
    await retry(postgresErrors, () => write(columns));
  }
}

const clean = (value: Parameter): unknown =>
  Array.isArray(value) ? value.map(withoutNul) : withoutNul(value);
