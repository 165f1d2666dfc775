import type { Knex } from 'knex';
import type { Dialect } from '../server/storage/dialect';

// For keys and accounts that come from WooCommerce. Columns are added with `alter table`, because
// knex would recreate a table for a column with a reference, and with it lose the triggers.
export async function up(knex: Knex, { types }: Dialect): Promise<void> {
  const text = (table: Knex.CreateTableBuilder, name: string) => table.specificType(name, types.text);

  await knex.schema.createTable('import_sources', (table) => {
    table.bigIncrements('import_source_id');
    text(table, 'name').notNullable().unique().comment('what tells WooCommerce stores apart');
    table.bigInteger('first_import_at').notNullable();
    table.bigInteger('last_import_at').notNullable();
  });

  // The hash that WordPress stored. It counts only while `password_hash` is one that no password
  // matches, so a password that an older server sets replaces it.
  await knex.raw(`alter table users add column imported_password ${types.text}`);
  // The argon2id hash of the first sign-in with that password. While `password_hash` is the same, the
  // person has not changed the password here.
  await knex.raw(`alter table users add column converted_password ${types.text}`);
  // Sign-in asks whether there is any such account, because its answer then takes longer.
  await knex.raw(`
    create index users_imported_password_index on users (user_id)
    where imported_password is not null and converted_password is null`);

  // Null: the key was made here. An imported key has an empty `pair_digest` until its first use,
  // because the consumer key in clear text is unknown until then. An older server rejects its pair
  // (Basic, or in the query). It accepts its OAuth 1.0a signature, which needs the secret only.
  await knex.raw(`
    alter table consumer_keys
    add column import_source_id bigint references import_sources (import_source_id)`);

  // What the source held at the last import, to tell what has changed there and what has changed here.
  await knex.schema.createTable('imported_users', (table) => {
    table.bigInteger('import_source_id').notNullable().references('import_sources.import_source_id');
    table.bigInteger('source_user_id').notNullable();
    table
      .bigInteger('user_id')
      .references('users.user_id')
      .onDelete('SET NULL')
      .index()
      .comment('null: removed here');
    table.integer('existed').notNullable().comment('1: the account was here before, and only owns the keys');
    text(table, 'login').notNullable();
    text(table, 'email').notNullable();
    text(table, 'name').notNullable();
    text(table, 'role').notNullable();
    text(table, 'password').notNullable();
    table.primary(['import_source_id', 'source_user_id']);
  });

  await knex.schema.createTable('imported_keys', (table) => {
    table.bigInteger('import_source_id').notNullable().references('import_sources.import_source_id');
    table.bigInteger('source_key_id').notNullable();
    table
      .bigInteger('key_id')
      .references('consumer_keys.key_id')
      .onDelete('SET NULL')
      .index()
      .comment('null: removed here');
    table.bigInteger('source_user_id').notNullable();
    text(table, 'description').notNullable();
    text(table, 'permissions').notNullable();
    text(table, 'consumer_key').notNullable().comment('hex HMAC-SHA256 under wc-api');
    table.primary(['import_source_id', 'source_key_id']);
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('imported_keys');
  await knex.schema.dropTableIfExists('imported_users');
  await knex.raw('alter table consumer_keys drop column import_source_id');
  await knex.raw('drop index users_imported_password_index');
  await knex.raw('alter table users drop column converted_password');
  await knex.raw('alter table users drop column imported_password');
  await knex.schema.dropTableIfExists('import_sources');
}
