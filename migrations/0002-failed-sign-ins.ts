import type { Knex } from 'knex';

// For the summing up of old failed sign-ins. Without the index, every run would read all of them.
// SQLite uses it only if it begins with the event; otherwise the index of the event alone looks
// better.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    `create index audit_events_failed_sign_ins_index on audit_events (event, at)
     where event = 'session.sign_in_failed'`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index if exists audit_events_failed_sign_ins_index');
}
