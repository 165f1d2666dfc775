import type { Knex } from 'knex';

// Failed sign-ins are summed up by age. Without the index all of them would be read each minute. SQLite takes it only if it begins
// with the event; the index of the event alone would seem better.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    `create index audit_events_failed_sign_ins_index on audit_events (event, at)
     where event = 'session.sign_in_failed'`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index if exists audit_events_failed_sign_ins_index');
}
