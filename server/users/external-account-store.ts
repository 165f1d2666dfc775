import type { Knex } from 'knex';
import type { Database } from '../storage/database';
import type { ExternalSubject } from './sign-in-way';

interface Row {
  user_id: number;
  way: ExternalSubject['way'];
  issuer: string;
  subject: string;
  linked_at: number;
}

export type ExternalAccountStore = ReturnType<typeof externalAccountStore>;

/** Returns the only code that reads and writes which accounts belong to which external subject. */
export function externalAccountStore({ knex }: Pick<Database, 'knex'>) {
  const accounts = (within: Knex = knex) => within<Row>('external_accounts');
  return {
    /** Returns the id of the subject's account. */
    async userIdOf({ way, issuer, subject }: ExternalSubject, within?: Knex): Promise<number | undefined> {
      return (await accounts(within).where({ way, issuer, subject }).first('user_id'))?.user_id;
    },

    /** Returns the subject of an account, or `undefined` if the account is local. */
    async subjectOf(userId: number, within?: Knex): Promise<ExternalSubject | undefined> {
      const row = await accounts(within).where({ user_id: userId }).first();
      return row && { way: row.way, issuer: row.issuer, subject: row.subject };
    },

    /** Returns the subjects of those of these accounts that are external, by user id. */
    async subjectsOf(userIds: readonly number[]): Promise<Map<number, ExternalSubject>> {
      const rows = await accounts().whereIn('user_id', userIds);
      return new Map(rows.map(({ user_id, way, issuer, subject }) => [user_id, { way, issuer, subject }]));
    },

    /** @throws a unique violation if the account has a subject, or the subject has another account. */
    async link(
      userId: number,
      { way, issuer, subject }: ExternalSubject,
      now: number,
      within: Knex,
    ): Promise<void> {
      await accounts(within).insert({ user_id: userId, way, issuer, subject, linked_at: now });
    },

    /** Returns `false` if the account was local. */
    async unlink(userId: number, within: Knex): Promise<boolean> {
      return (await accounts(within).where({ user_id: userId }).delete()) === 1;
    },
  };
}
