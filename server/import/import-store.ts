import type { Knex } from 'knex';
import type { Columns } from '../storage/bulk-writes';
import type { Database } from '../storage/database';
import { insertMany } from '../storage/insert-many';
import type { Role } from '../users/user';

/** What a source held of a user at the last import. */
export interface SeenUser {
  readonly sourceUserId: number;
  /** The account here. `null`: it was removed here. */
  readonly userId: number | null;
  /** Whether the account was here before the import, which then never changes it. */
  readonly existed: boolean;
  readonly login: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** The mark of the stored password (decide-user.ts). */
  readonly password: string;
}

/** What a source held of a key at the last import. */
export interface SeenKey {
  readonly sourceKeyId: number;
  /** The key here. `null`: it was revoked here. */
  readonly keyId: number | null;
  readonly sourceUserId: number;
  readonly description: string;
  readonly permissions: string;
  readonly consumerKeyHash: string;
}

interface UserRow {
  import_source_id: number;
  source_user_id: number;
  user_id: number | null;
  existed: number;
  login: string;
  email: string;
  name: string;
  role: Role;
  password: string;
}

interface KeyRow {
  import_source_id: number;
  source_key_id: number;
  key_id: number | null;
  source_user_id: number;
  description: string;
  permissions: string;
  consumer_key: string;
}

const USER_COLUMNS: Columns = {
  import_source_id: 'bigint',
  source_user_id: 'bigint',
  user_id: 'bigint',
  existed: 'integer',
  login: 'text',
  email: 'text',
  name: 'text',
  role: 'text',
  password: 'text',
};

const KEY_COLUMNS: Columns = {
  import_source_id: 'bigint',
  source_key_id: 'bigint',
  key_id: 'bigint',
  source_user_id: 'bigint',
  description: 'text',
  permissions: 'text',
  consumer_key: 'text',
};

export type ImportStore = ReturnType<typeof importStore>;

/** Remembers what each source held, so that a later import tells what has changed, and where. */
export function importStore({ knex, dialect }: Pick<Database, 'knex' | 'dialect'>) {
  const sources = (within: Knex = knex) =>
    within<{ import_source_id: number; name: string; first_import_at: number; last_import_at: number }>(
      'import_sources',
    );
  const users = (within: Knex = knex) => within<UserRow>('imported_users');
  const keys = (within: Knex = knex) => within<KeyRow>('imported_keys');

  return {
    async sourceId(name: string): Promise<number | undefined> {
      return (await sources().where({ name }).first())?.import_source_id;
    },

    /** Returns the id of a source. A source that is new gets one. */
    async addSource(name: string, now: number, within: Knex): Promise<number> {
      const [row] = await sources(within)
        .insert({ name, first_import_at: now, last_import_at: now })
        .onConflict('name')
        .merge(['last_import_at'])
        .returning('import_source_id');
      if (!row) throw new Error('The source was not stored.');
      return row.import_source_id;
    },

    /** Returns the names of the sources from which these keys were imported. */
    async sourcesOf(hashes: readonly string[]): Promise<string[]> {
      return keys()
        .join('import_sources', 'import_sources.import_source_id', 'imported_keys.import_source_id')
        .whereIn('imported_keys.consumer_key', hashes)
        .distinct('import_sources.name')
        .orderBy('import_sources.name')
        .pluck('import_sources.name') as Promise<string[]>;
    },

    async seenUsers(sourceId: number, ids: readonly number[], within: Knex): Promise<Map<number, SeenUser>> {
      const rows = await users(within).where({ import_source_id: sourceId }).whereIn('source_user_id', ids);
      return new Map(rows.map((row) => [row.source_user_id, fromUserRow(row)]));
    },

    /** Lists users of a source by id, those after an id. */
    async seenUsersAfter(sourceId: number, after: number, limit: number): Promise<SeenUser[]> {
      const rows = await users()
        .where({ import_source_id: sourceId })
        .andWhere('source_user_id', '>', after)
        .orderBy('source_user_id')
        .limit(limit);
      return rows.map(fromUserRow);
    },

    async saveUsers(sourceId: number, seen: readonly SeenUser[], within: Knex): Promise<void> {
      await insertMany(within, dialect, {
        table: 'imported_users',
        columns: USER_COLUMNS,
        key: ['import_source_id', 'source_user_id'],
        rows: seen.map((user) => [
          sourceId,
          user.sourceUserId,
          user.userId,
          user.existed ? 1 : 0,
          user.login,
          user.email,
          user.name,
          user.role,
          user.password,
        ]),
      });
    },

    async seenKeys(sourceId: number, ids: readonly number[], within: Knex): Promise<Map<number, SeenKey>> {
      const rows = await keys(within).where({ import_source_id: sourceId }).whereIn('source_key_id', ids);
      return new Map(rows.map((row) => [row.source_key_id, fromKeyRow(row)]));
    },

    /** Lists keys of a source that are still here, by their id in the source, those after an id. */
    async seenKeysAfter(sourceId: number, after: number, limit: number): Promise<SeenKey[]> {
      const rows = await keys()
        .where({ import_source_id: sourceId })
        .andWhere('source_key_id', '>', after)
        .whereNotNull('key_id')
        .orderBy('source_key_id')
        .limit(limit);
      return rows.map(fromKeyRow);
    },

    async saveKeys(sourceId: number, seen: readonly SeenKey[], within: Knex): Promise<void> {
      await insertMany(within, dialect, {
        table: 'imported_keys',
        columns: KEY_COLUMNS,
        key: ['import_source_id', 'source_key_id'],
        rows: seen.map((key) => [
          sourceId,
          key.sourceKeyId,
          key.keyId,
          key.sourceUserId,
          key.description,
          key.permissions,
          key.consumerKeyHash,
        ]),
      });
    },

    /** Forgets keys that the source does not hold any more. */
    async forgetKeys(sourceId: number, ids: readonly number[], within: Knex): Promise<void> {
      await keys(within).where({ import_source_id: sourceId }).whereIn('source_key_id', ids).delete();
    },
  };
}

const fromUserRow = (row: UserRow): SeenUser => ({
  sourceUserId: row.source_user_id,
  userId: row.user_id,
  existed: row.existed === 1,
  login: row.login,
  email: row.email,
  name: row.name,
  role: row.role,
  password: row.password,
});

const fromKeyRow = (row: KeyRow): SeenKey => ({
  sourceKeyId: row.source_key_id,
  keyId: row.key_id,
  sourceUserId: row.source_user_id,
  description: row.description,
  permissions: row.permissions,
  consumerKeyHash: row.consumer_key,
});
