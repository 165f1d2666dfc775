import type { Knex } from 'knex';
import type { Dialect } from '../server/storage/dialect';

// Times are milliseconds since 1970 in UTC, from the server's clock, never the database's.

export async function up(knex: Knex, { inProcess, inKeyOrder, types }: Dialect): Promise<void> {
  const text = (table: Knex.CreateTableBuilder, name: string) => table.specificType(name, types.text);

  await knex.schema.createTable('secret_keys', (table) => {
    text(table, 'secret_key_id').primary().comment('tells keys apart; nothing of the key itself');
    text(table, 'proof').notNullable().comment('hex HMAC under the key');
    table.integer('seals').unique().comment('1: new secrets are sealed with it; null: all others');
  });

  await knex.schema.createTable('secret_key_holders', (table) => {
    text(table, 'lease').primary().comment('the running server');
    text(table, 'key_ids').notNullable().comment('of the secret keys it holds, parted by blanks');
    text(table, 'key_file').comment('read again when a key is needed that it does not hold');
  });

  await knex.schema.createTable('users', (table) => {
    table.bigIncrements('user_id');
    text(table, 'login').notNullable();
    text(table, 'login_key').notNullable().unique().comment('the login in lower case: what sign-in compares');
    text(table, 'email').notNullable();
    text(table, 'email_key').notNullable().unique();
    text(table, 'name').notNullable();
    text(table, 'role').notNullable();
    text(table, 'password_hash').notNullable().comment('argon2id');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('disabled_at');
  });

  await knex.schema.createTable('sessions', (table) => {
    text(table, 'session_hash').primary().comment("hex SHA-256 of the cookie's value");
    table.bigInteger('user_id').notNullable().references('users.user_id').onDelete('CASCADE').index();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('last_seen_at').notNullable();
    table.bigInteger('expires_at').notNullable().index();
    text(table, 'address').notNullable();
    text(table, 'user_agent').notNullable();
  });

  await knex.schema.createTable('consumer_keys', (table) => {
    table.bigIncrements('key_id');
    table.bigInteger('user_id').notNullable().references('users.user_id').onDelete('CASCADE');
    text(table, 'description').notNullable();
    text(table, 'permissions').notNullable();
    text(table, 'consumer_key').notNullable().unique().comment('hex HMAC-SHA256 under wc-api');
    text(table, 'consumer_secret').notNullable().comment('sealed');
    text(table, 'pair_digest').notNullable().comment('base64url SHA-256 of KEY:SECRET');
    // A key that sealed a secret cannot be removed, and a secret cannot be sealed with a removed
    // key.
    text(table, 'sealed_with').references('secret_keys.secret_key_id').index();
    text(table, 'truncated_key').notNullable();
    text(table, 'app_name').comment('null: made by hand');
    text(table, 'app_user_id');
    text(table, 'callback_origin');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('pending_until').comment('null: delivered. Until then the key verifies, afterwards not');
    text(table, 'pending_lease').index().comment('the process that is delivering it');
    // The orders of the console's key list, and its most frequent filters.
    table.index(['created_at']);
    table.index(['user_id', 'created_at']);
    table.index(['app_name', 'created_at']);
  });
  await knex.raw('create index consumer_keys_description_index on consumer_keys (lower(description))');
  // Everything that verifying a pair needs, so that a lookup reads one page and not two.
  if (inProcess)
    await knex.raw(
      `create index consumer_keys_pair_index
       on consumer_keys (consumer_key, pair_digest, user_id, permissions, app_user_id, pending_until)`,
    );

  // One row for each key, created with it. Uses are written all the time, so their rows are short,
  // a hundred or more to a page, and have no index to update. A list in the order of last use
  // sorts.
  await knex.raw(`
    create table key_uses (
      key_id ${types.id} primary key references consumer_keys (key_id) on delete cascade,
      last_access bigint,
      last_address ${types.text}
    )`);

  // A server checks with it whether the keys in its cache are current. For a database on another
  // machine, each key is looked up each time.
  if (inProcess) {
    await knex.schema.createTable('key_changes', (table) => {
      table.integer('one').primary().comment('1: there is one row');
      table.bigInteger('changes').notNullable().comment('of keys and users, by whomever');
    });
    await knex('key_changes').insert({ one: 1, changes: 0 });
    for (const table of ['consumer_keys', 'users'])
      for (const change of ['insert', 'update', 'delete'])
        await knex.raw(
          `create trigger ${table}_${change} after ${change} on ${table}
           begin update key_changes set changes = changes + 1; end`,
        );
  }

  await knex.schema.createTable('spent_forms', (table) => {
    text(table, 'form_hash')
      .primary()
      .comment('hex SHA-256 of the one-time value of a form that made a secret');
    text(table, 'session_hash')
      .notNullable()
      .references('sessions.session_hash')
      .onDelete('CASCADE')
      .index()
      .comment('the form is worth nothing without its session, so its row goes with it');
  });

  await knex.schema.createTable('grant_requests', (table) => {
    table.bigIncrements('grant_request_id');
    text(table, 'nonce_hash').notNullable().unique();
    text(table, 'session_hash').notNullable();
    table.bigInteger('user_id').notNullable().references('users.user_id').onDelete('CASCADE').index();
    text(table, 'app_name').notNullable();
    text(table, 'app_user_id').notNullable();
    text(table, 'return_url').notNullable();
    text(table, 'callback_url').notNullable();
    text(table, 'scope').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable().index();
    text(table, 'decision').comment('null, approved or denied');
    text(table, 'lease').comment('the process that carries out the approval');
    table.bigInteger('deadline').comment('when the approval is settled at the latest');
    text(table, 'outcome').comment('of an approval: null while under way, delivered or failed');
    text(table, 'failure').comment('JSON of why the delivery failed');
  });

  // One row for each OAuth request, so it is written into one tree only. There is no row id, and no
  // index by time, which would be read once a minute and written with every request.
  await knex.raw(`
    create table oauth_nonces (
      key_id bigint not null references consumer_keys (key_id) on delete cascade,
      nonce_hash ${types.bytes} not null,
      expires_at bigint not null,
      primary key (key_id, nonce_hash)
    ) ${inKeyOrder}`);

  await knex.schema.createTable('forgotten_nonces', (table) => {
    table.integer('one').primary().comment('1: there is one row, or none');
    table.bigInteger('until').notNullable().comment('the latest expires_at of the nonces that were removed');
  });

  await knex.schema.createTable('throttle_counts', (table) => {
    text(table, 'counted').primary().comment('HMAC of what is counted, and of whom');
    table.integer('times').notNullable();
    table.bigInteger('expires_at').notNullable().index();
  });

  await knex.schema.createTable('audit_events', (table) => {
    table.bigIncrements('audit_event_id');
    table.bigInteger('at').notNullable().index();
    text(table, 'event').notNullable().index();
    table.bigInteger('user_id').comment('who did it; no reference: the entry outlives the user').index();
    text(table, 'login').index();
    text(table, 'address');
    table.bigInteger('key_id').index();
    text(table, 'app_name').index();
    text(table, 'callback_origin');
    text(table, 'detail').notNullable().defaultTo('{}').comment('JSON; never key material');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'audit_events',
    'throttle_counts',
    'forgotten_nonces',
    'oauth_nonces',
    'grant_requests',
    'key_uses',
    'key_changes',
    'consumer_keys',
    'spent_forms',
    'sessions',
    'users',
    'secret_key_holders',
    'secret_keys',
  ])
    await knex.schema.dropTableIfExists(table);
}
