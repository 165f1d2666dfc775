import { BACKTICK, CLOSE, COMMA, OPEN } from './dump-bytes';
import type { TokenReader } from './token-reader';
import type { DumpTables } from './dump-tables';
import { dumpValue } from './dump-value';
import { knownColumns } from './known-columns';
import { isNeeded, neededRows } from './needed-rows';
import type { SourceRow } from './source';
import { repairDoubleEncoding, type Decode } from './text-decoding';

export interface RowContext {
  readonly tables: DumpTables;
  readonly take: (row: SourceRow) => void;
  readonly decode: () => Decode;
  /** Skips the rest of the statement. */
  readonly skip: () => void;
  /** Turns the omission of quoted texts on or off. */
  readonly drop: (isDropped: boolean) => void;
  /** Ends the import with an error that begins with the line. */
  readonly fail: (reason: string) => never;
}

/** What may follow the rows: ON DUPLICATE KEY UPDATE, an alias or RETURNING. */
const AFTER_ROWS = /^(?:ON|AS|RETURNING)$/i;

/** Reads the rows of an INSERT from the word after VALUES. Without names, columns have a fixed order. */
export function rowsReader(
  context: RowContext,
  table: string,
  named: readonly string[] | undefined,
): TokenReader {
  const { tables, take, skip, drop, fail } = context;
  const shape = tables.shapes.get(table);
  const decode = context.decode();
  const condition = neededRows(table);
  const value = dumpValue();
  let columns = named ?? (shape?.columns.length ? shape.columns : undefined);
  // The first row shows whether the columns are the usual ones. Until then they seem to be.
  let conditionAt = positionIn(columns ?? knownColumns(table)[0]);
  let isInRow = false;
  let isUnneeded = false;
  let count = 0;
  let values: (string | null)[] = [];

  function positionIn(names: readonly string[] | undefined): number {
    return condition === undefined || names === undefined ? -1 : names.indexOf(condition.column);
  }

  function finishValue(): void {
    const at = count++;
    if (isUnneeded) return;
    const column = columns?.[at] ?? '';
    const finished = value.finish(column);
    if (finished === undefined) unreadable();
    values.push(finished !== null && shape?.latin1.has(column) ? repairDoubleEncoding(finished) : finished);
    if (at === conditionAt && condition && !isNeeded(condition, finished)) {
      isUnneeded = true;
      drop(true);
    }
  }

  function finishRow(): void {
    columns ??= columnsOfFirstRow();
    if (columns === undefined) {
      isInRow = false;
      return;
    }
    if (count !== columns.length)
      fail(
        `has ${count} values for the ${columns.length} columns of ${table}. The dump is damaged, or it was edited`,
      );
    if (!isUnneeded && (!condition || conditionAt < 0 || isNeeded(condition, values[conditionAt] ?? null)))
      take({
        table,
        values: Object.fromEntries(columns.map((column, index) => [column, values[index] ?? null])),
      });
    if (isUnneeded) drop(false);
    isInRow = isUnneeded = false;
    count = 0;
    values = [];
  }

  function columnsOfFirstRow(): readonly string[] | undefined {
    columns = knownColumns(table).find(({ length }) => length === count);
    if (columns === undefined) {
      tables.unnamed.set(
        table,
        `The dump does not name the ${count} columns of ${table}, and WordPress has no such table. Dump the database with CREATE TABLE, or add --complete-insert.`,
      );
      skip();
    }
    conditionAt = positionIn(columns);
    return columns;
  }

  const unreadable: () => never = () =>
    fail(
      `has a value of ${table} that is not a string, a number or NULL. Dump the database with mysqldump or phpMyAdmin`,
    );

  return {
    word(text) {
      if (!isInRow) {
        if (AFTER_ROWS.test(text)) skip();
        else if (!/^row$/i.test(text)) unreadable();
      } else if (!isUnneeded && !value.word(text)) unreadable();
    },
    quoted(mark, bytes) {
      if (!isInRow || mark === BACKTICK) unreadable();
      if (!isUnneeded && !value.quoted(bytes, decode)) unreadable();
    },
    sign(code) {
      if (!isInRow && code === OPEN) isInRow = true;
      else if (!isInRow) {
        if (code !== COMMA) unreadable();
      } else if (code === COMMA) finishValue();
      else if (code === CLOSE) {
        finishValue();
        finishRow();
      } else if (!isUnneeded && !value.sign(code)) unreadable();
    },
    end() {
      if (isInRow)
        fail(`ends a statement in the middle of a row of ${table}. The dump is damaged, or it was edited`);
    },
  };
}
