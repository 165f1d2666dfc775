import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSource, type SourceOptions } from '../../../server/import/source/open-source';
import type { ReadOptions, Source, SourceContents, SourceRow } from '../../../server/import/source/source';
import { readDump } from '../../../server/import/source/read-dump';

export const DUMPS = join(__dirname, '../../import/dumps');

type Values = Readonly<Record<string, string | null>>;

/** Everything that a source gave. */
export interface Read extends SourceContents {
  readonly rows: readonly SourceRow[];
  readonly of: (table: string) => Values[];
}

const isWanted = (table: string): boolean =>
  /(?:users|usermeta|options|sitemeta|woocommerce_api_keys)$/.test(table);

/** Reads a source completely. */
export const readAll = (source: Source, options: Partial<ReadOptions> = {}): Promise<Read> =>
  collected((take) => source.read({ wanted: isWanted, take, ...options }));

export const readFrom = (from: string, options: Partial<SourceOptions> = {}): Promise<Read> =>
  readAll(openSource({ from, ...options }));

/** Reads SQL in chunks of this many bytes. */
export const readSql = (sql: string | Buffer, size = 1 << 20): Promise<Read> =>
  collected((take) =>
    readDump(
      inChunks(Buffer.from(sql), () => size),
      { wanted: isWanted, take },
    ),
  );

/** Returns bytes in chunks whose sizes the caller chooses. */
export async function* inChunks(bytes: Buffer, size: () => number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const end = at + size();
    yield await Promise.resolve(bytes.subarray(at, end));
    at = end;
  }
}

async function collected(read: (take: (row: SourceRow) => void) => Promise<SourceContents>): Promise<Read> {
  const rows: SourceRow[] = [];
  const contents = await read((row) => rows.push(row));
  return {
    ...contents,
    rows,
    of: (table) => rows.filter((row) => row.table === table).map(({ values }) => values),
  };
}

/** The users and keys of the dumps, as WordPress stored them. */
export interface StoredShop {
  readonly users: readonly Values[];
  readonly keys: readonly Values[];
}

/** Returns what `credentials.json` says about the rows in the dumps. */
export function storedShop(): StoredShop {
  const { sites } = JSON.parse(readFileSync(join(DUMPS, 'credentials.json'), 'utf8')) as {
    sites: { shop: { users: Record<string, unknown>[]; keys: { stored: Record<string, unknown> }[] } };
  };
  const asText = (value: unknown): string | null =>
    typeof value === 'string' ? value : typeof value === 'number' ? value.toString() : null;
  const users = sites.shop.users
    .filter(({ row_in_dump: isInDump }) => isInDump)
    .map((user) => ({
      ID: asText(user.id),
      user_login: asText(user.user_login),
      user_pass: asText(user.stored_hash),
      user_email: asText(user.user_email),
      display_name: asText(user.display_name),
    }));
  const keys = sites.shop.keys.map(({ stored }) => {
    // Nonces were written at each use, after the list was made.
    const lasting = Object.entries(stored).filter(([name]) => name !== 'nonces');
    return Object.fromEntries(lasting.map(([name, value]) => [name, asText(value)]));
  });
  return { users, keys };
}
