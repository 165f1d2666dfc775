import type { Knex } from 'knex';
import type { Dialect } from '../server/storage/dialect';

// For people who sign in with an account that the store already has. A server of the version before
// does not know these tables. It cannot sign such a person in, because no password matches.
export async function up(knex: Knex, { types }: Dialect): Promise<void> {
  const text = (table: Knex.CreateTableBuilder, name: string) => table.specificType(name, types.text);

  await knex.schema.createTable('external_accounts', (table) => {
    table.bigInteger('user_id').primary().references('users.user_id').onDelete('CASCADE');
    text(table, 'way').notNullable().comment('oidc, proxy or handover');
    text(table, 'issuer').notNullable().comment('who names the subject; empty for a header');
    text(table, 'subject').notNullable();
    table.bigInteger('linked_at').notNullable();
    table.unique(['way', 'issuer', 'subject']);
  });

  await knex.schema.createTable('external_sessions', (table) => {
    text(table, 'session_hash').primary().references('sessions.session_hash').onDelete('CASCADE');
    text(table, 'way').notNullable();
    text(table, 'provider_session').index().comment('claim sid, for back-channel logout');
    text(table, 'id_token').comment('for RP-initiated logout');
    table.bigInteger('proved_at').comment('when the person last signed in there because we asked');
  });

  await knex.schema.createTable('sign_in_attempts', (table) => {
    text(table, 'state_hash').primary().comment('hex SHA-256 of the state');
    text(table, 'browser_hash').notNullable().comment('hex SHA-256 of the cookie that began it');
    text(table, 'way').notNullable();
    text(table, 'return_to').notNullable();
    text(table, 'nonce').notNullable();
    text(table, 'code_verifier').notNullable();
    table.integer('is_fresh').notNullable().comment('1: the person has to prove again who they are');
    text(table, 'step_hash').unique().comment('the one-time step after a hand-over');
    text(table, 'identity').comment('who was handed over, as JSON');
    table.bigInteger('begun_at').notNullable();
    table.bigInteger('expires_at').notNullable().index();
  });

  await knex.schema.createTable('used_tokens', (table) => {
    text(table, 'token_hash').primary().comment('hex SHA-256 of the issuer and the jti');
    table.bigInteger('expires_at').notNullable().index();
  });
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTableIfExists('used_tokens');
  await knex.schema.dropTableIfExists('sign_in_attempts');
  await knex.schema.dropTableIfExists('external_sessions');
  await knex.schema.dropTableIfExists('external_accounts');
}
