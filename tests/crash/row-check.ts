import Sqlite from 'better-sqlite3';

/** Queries that must return nothing after a start. */
const HALF_MADE: Readonly<Record<string, string>> = {
  'a key is still waiting for its callback': `select key_id from consumer_keys where pending_until is not null`,
  'an approval was never settled': `
    select grant_request_id from grant_requests where decision = 'approved' and outcome is null`,
  'a request without an approval has an outcome': `
    select grant_request_id from grant_requests where outcome is not null and decision is not 'approved'`,
  'a key has no entry of its making, or several': `
    select k.key_id from consumer_keys k where 1 <> (
      select count(*) from audit_events a
      where a.key_id = k.key_id and a.event in ('grant.approved', 'key.created'))`,
  'a replaced key has no end, or no successor in the history': `
    select k.key_id from consumer_keys k where k.replaced_by is not null and (k.expires_at is null
      or not exists (select 1 from audit_events a where a.key_id = k.replaced_by
        and a.event in ('grant.approved', 'key.created')))`,
  'a key that the console made replaces none': `
    select a.key_id from audit_events a where a.event = 'key.created' and 1 <> (
      select count(*) from audit_events b
      where b.event = 'key.replaced' and json_extract(b.detail, '$.byKey') = a.key_id)`,
  'a revoked key is there': `
    select k.key_id from consumer_keys k join audit_events a on a.key_id = k.key_id and a.event = 'key.revoked'`,
  'a granted key is gone without a revocation': `
    select a.key_id from audit_events a where a.event = 'grant.approved'
      and not exists (select 1 from consumer_keys k where k.key_id = a.key_id)
      and not exists (select 1 from audit_events r where r.key_id = a.key_id and r.event = 'key.revoked')`,
  'something is written down twice': `
    select event, key_id from audit_events where event in ('grant.approved', 'grant.delivery_failed', 'key.revoked')
      group by event, key_id having count(*) > 1`,
  'a key was granted and failed': `
    select a.key_id from audit_events a join audit_events b on a.key_id = b.key_id
      where a.event = 'grant.approved' and b.event = 'grant.delivery_failed'`,
  'requests and history do not tell the same': `
    select * from (select
      (select count(*) from grant_requests where outcome = 'delivered') as delivered,
      (select count(*) from audit_events where event = 'grant.approved') as approved_entries,
      (select count(*) from grant_requests where outcome = 'failed') as failed,
      (select count(*) from audit_events where event = 'grant.delivery_failed') as failed_entries,
      (select count(*) from grant_requests where decision = 'denied') as denied,
      (select count(*) from audit_events where event = 'grant.denied') as denied_entries,
      (select count(*) from spent_forms) as spent,
      (select count(*) from audit_events where event in ('key.regenerated', 'key.created')) as secret_entries)
    where delivered <> approved_entries or failed <> failed_entries or denied <> denied_entries
      or spent <> secret_entries`,
  'a reference leads nowhere': 'pragma foreign_key_check',
};

/** Opens the database file while the server runs on it. */
export function openRows(file: string) {
  const database = new Sqlite(file, { readonly: true, fileMustExist: true });
  return {
    one: <T>(sql: string, ...values: (string | number)[]) =>
      database.prepare(sql).get(...values) as T | undefined,
    /** Returns how many entries of this event the history has for a key. */
    entries(event: string, keyId: number): number {
      const sql = 'select count(*) from audit_events where key_id = ? and event = ?';
      return database.prepare(sql).pluck().get(keyId, event) as number;
    },
    /** Returns what is wrong with the file as a whole. */
    problems({ thorough }: { thorough: boolean }): string[] {
      const intact = database.pragma(thorough ? 'integrity_check' : 'quick_check', { simple: true });
      const found = Object.entries(HALF_MADE).flatMap(([problem, sql]) => {
        const rows = database.prepare(sql).all();
        return rows.length === 0 ? [] : [`${problem}: ${JSON.stringify(rows.slice(0, 3))}`];
      });
      return intact === 'ok' ? found : [`the file is damaged: ${String(intact)}`, ...found];
    },
    close: () => void database.close(),
  };
}

export type Rows = ReturnType<typeof openRows>;
