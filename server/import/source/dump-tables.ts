/** What CREATE TABLE says about a table. */
export interface TableShape {
  readonly columns: readonly string[];
  /** The columns whose character set is latin1. */
  readonly latin1: ReadonlySet<string>;
}

/** What a dump has said about its tables so far. */
export interface DumpTables {
  /** The database of `USE`, or of a comment. */
  database: string | undefined;
  /** The database of each table with rows. */
  readonly databaseOf: Map<string, string | undefined>;
  readonly names: Set<string>;
  readonly shapes: Map<string, TableShape>;
  /** Why the rows of a table could not be named. It is an error only if the table matters. */
  readonly unnamed: Map<string, string>;
}

export const dumpTables = (): DumpTables => ({
  database: undefined,
  databaseOf: new Map(),
  names: new Set(),
  shapes: new Map(),
  unnamed: new Map(),
});

/** A name such as `wp_users` or `shop`.`wp_users`, as its tokens arrive. */
export function tableName() {
  const parts: string[] = [];
  let isComplete = false;
  return {
    /** Takes a word or what stands in quotation marks. Returns false if the name was complete before. */
    take(text: string): boolean {
      if (isComplete) return false;
      parts.push(text);
      isComplete = true;
      return true;
    },
    dot(): void {
      isComplete = false;
    },
    isComplete: () => isComplete,
    table: (): string => parts.at(-1) ?? '',
    database: (): string | undefined => parts.at(-2),
  };
}
