import type { Knex } from 'knex';

// Times are milliseconds since 1970 in UTC, of the server's clock, never the database's.

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('secret_keys', (table) => {
    table.string('secret_key_id').primary().comment('tells keys apart; nothing of the key itself');
    table.string('proof').notNullable().comment('hex HMAC under the key');
    table.integer('seals').unique().comment('1: new secrets are sealed with it; null: all others');
  });

  await knex.schema.createTable('secret_key_holders', (table) => {
    table.string('lease').primary().comment('the running server');
    table.string('key_ids').notNullable().comment('of the secret keys it holds, parted by blanks');
    table.string('key_file').comment('read again when a key is needed that it does not hold');
  });

  await knex.schema.createTable('users', (table) => {
    table.increments('user_id');
    table.string('login').notNullable();
    table
      .string('login_key')
      .notNullable()
      .unique()
      .comment('the login in lower case: what sign-in compares');
    table.string('email').notNullable();
    table.string('email_key').notNullable().unique();
    table.string('name').notNullable();
    table.string('role').notNullable();
    table.string('password_hash').notNullable().comment('argon2id');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('disabled_at');
  });

  await knex.schema.createTable('sessions', (table) => {
    table.string('session_hash').primary().comment("hex SHA-256 of the cookie's value");
    table.integer('user_id').notNullable().references('users.user_id').onDelete('CASCADE').index();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('last_seen_at').notNullable();
    table.bigInteger('expires_at').notNullable().index();
    table.string('address').notNullable();
    table.text('user_agent').notNullable();
  });

  await knex.schema.createTable('consumer_keys', (table) => {
    table.increments('key_id');
    table.integer('user_id').notNullable().references('users.user_id').onDelete('CASCADE');
    table.text('description').notNullable();
    table.string('permissions').notNullable();
    table.string('consumer_key').notNullable().unique().comment('hex HMAC-SHA256 under wc-api');
    table.text('consumer_secret').notNullable().comment('sealed');
    // A key that a secret is sealed with cannot be forgotten, nor can a secret be sealed with a forgotten one.
    table.string('sealed_with').references('secret_keys.secret_key_id').index();
    table.string('truncated_key').notNullable();
    table.bigInteger('last_access');
    table.string('last_address');
    table.text('app_name').comment('null: made by hand');
    table.text('app_user_id');
    table.string('callback_origin');
    table.bigInteger('created_at').notNullable();
    table.bigInteger('pending_until').comment('null: delivered. Until then the key verifies, afterwards not');
    table.string('pending_lease').index().comment('the process that is delivering it');
    // The console's list in each of its orders, and its filters in the order they are mostly seen in.
    table.index(['created_at']);
    table.index(['last_access']);
    table.index(['user_id', 'created_at']);
    table.index(['app_name', 'created_at']);
  });
  await knex.raw(
    'create index consumer_keys_description_index on consumer_keys (description collate nocase)',
  );

  await knex.schema.createTable('spent_forms', (table) => {
    table
      .string('form_hash')
      .primary()
      .comment('hex SHA-256 of the one-time value of a form that made a secret');
    table
      .string('session_hash')
      .notNullable()
      .references('sessions.session_hash')
      .onDelete('CASCADE')
      .index()
      .comment('the form is worth nothing without its session, so its row goes with it');
  });

  await knex.schema.createTable('grant_requests', (table) => {
    table.increments('grant_request_id');
    table.string('nonce_hash').notNullable().unique();
    table.string('session_hash').notNullable();
    table.integer('user_id').notNullable().references('users.user_id').onDelete('CASCADE').index();
    table.text('app_name').notNullable();
    table.text('app_user_id').notNullable();
    table.text('return_url').notNullable();
    table.text('callback_url').notNullable();
    table.string('scope').notNullable();
    table.bigInteger('created_at').notNullable();
    table.bigInteger('expires_at').notNullable().index();
    table.string('decision').comment('null, approved or denied');
    table.string('lease').comment('the process that carries out the approval');
    table.bigInteger('deadline').comment('when the approval is settled at the latest');
    table.string('outcome').comment('of an approval: null while under way, delivered or failed');
    table.text('failure').comment('JSON of why the delivery failed');
  });

  // One row for each OAuth request: without a row id it is written into one tree less.
  await knex.raw(`
    create table oauth_nonces (
      key_id integer not null references consumer_keys (key_id) on delete cascade,
      nonce_hash varchar(255) not null,
      expires_at bigint not null,
      primary key (key_id, nonce_hash)
    ) without rowid`);
  await knex.schema.alterTable('oauth_nonces', (table) => {
    table.index(['expires_at']);
  });

  await knex.schema.createTable('forgotten_nonces', (table) => {
    table.integer('one').primary().comment('1: there is one row, or none');
    table.bigInteger('until').notNullable().comment('the latest expires_at of the nonces that were removed');
  });

  await knex.schema.createTable('throttle_counts', (table) => {
    table.string('counted').primary().comment('HMAC of what is counted, and of whom');
    table.integer('times').notNullable();
    table.bigInteger('expires_at').notNullable().index();
  });

  await knex.schema.createTable('audit_events', (table) => {
    table.increments('audit_event_id');
    table.bigInteger('at').notNullable().index();
    table.string('event').notNullable().index();
    table.integer('user_id').comment('who did it; no reference: the entry outlives the user').index();
    table.string('login').index();
    table.string('address');
    table.integer('key_id').index();
    table.text('app_name').index();
    table.string('callback_origin');
    table.text('detail').notNullable().defaultTo('{}').comment('JSON; never key material');
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of [
    'audit_events',
    'throttle_counts',
    'forgotten_nonces',
    'oauth_nonces',
    'grant_requests',
    'consumer_keys',
    'spent_forms',
    'sessions',
    'users',
    'secret_key_holders',
    'secret_keys',
  ])
    await knex.schema.dropTableIfExists(table);
}
