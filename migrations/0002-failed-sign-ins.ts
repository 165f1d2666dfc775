import type { Knex } from 'knex';

// Of the failed sign-ins those that are entries of their own, with an address: they are summed up by age. Without the index the
// whole history would be read each minute.
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    `create index audit_events_failed_sign_ins_index on audit_events (at)
     where event = 'session.sign_in_failed' and address is not null`,
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index if exists audit_events_failed_sign_ins_index');
}
