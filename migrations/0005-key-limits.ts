import type { Knex } from 'knex';
import type { Dialect } from '../server/storage/dialect';

const PAIR = 'consumer_key, pair_digest, user_id, permissions, app_user_id, pending_until';

// For keys that end and that open only a part of the API. A server of the version before ignores these
// columns, so it is named in `secret_key_holders` by what it does not know, and no limit is set while it
// runs.
export async function up(knex: Knex, { inProcess, types }: Dialect): Promise<void> {
  const add = (table: string, column: string) => knex.raw(`alter table ${table} add column ${column}`);
  // Times are milliseconds since 1970 in UTC. `expired_at` is when a server first saw the key as ended. It
  // stays if the clock is set back.
  await add('consumer_keys', 'expires_at bigint');
  await add('consumer_keys', 'expired_at bigint');
  // Separated by blanks. Null: all groups of routes, and any address.
  await add('consumer_keys', `resources ${types.text}`);
  await add('consumer_keys', `addresses ${types.text}`);
  // The key that takes this one's place. No reference: it may be revoked first.
  await add('consumer_keys', 'replaced_by bigint');
  // Few keys end, so the cleanup and the list of what ends soon read few entries.
  await knex.raw(
    'create index consumer_keys_expires_index on consumer_keys (expires_at) where expires_at is not null',
  );
  // Under the same name, because a server of the version before names it in its statements.
  if (inProcess) await indexPairs(knex, `${PAIR}, expires_at, expired_at, resources, addresses`);

  // Null: a server of the version before.
  await add('secret_key_holders', 'knows integer');
  await add('secret_key_holders', `server ${types.text}`);
}

export async function down(knex: Knex, { inProcess }: Dialect): Promise<void> {
  await knex.raw('alter table secret_key_holders drop column server');
  await knex.raw('alter table secret_key_holders drop column knows');
  if (inProcess) await indexPairs(knex, PAIR);
  await knex.raw('drop index consumer_keys_expires_index');
  for (const column of ['replaced_by', 'addresses', 'resources', 'expired_at', 'expires_at'])
    await knex.raw(`alter table consumer_keys drop column ${column}`);
}

/** Everything that verifying a pair needs, so that a lookup reads one page and not two. */
async function indexPairs(knex: Knex, columns: string): Promise<void> {
  await knex.raw('drop index consumer_keys_pair_index');
  await knex.raw(`create index consumer_keys_pair_index on consumer_keys (${columns})`);
}
