import { setTimeout as wait } from 'node:timers/promises';
import { Client, Pool, types, type ClientBase, type ClientConfig, type CustomTypesConfig } from 'pg';

const CONNECT_WITHIN_MS = 5_000;
const IDLE_FOR_MS = 30_000;
// So much earlier PostgreSQL gives a statement up by itself: one that nobody waits for any more must not wait on for a lock.
const EARLIER_MS = 500;
const GOODBYE_WITHIN_MS = 1_000;
const IDLE_IN_TRANSACTION_MS = 60_000;

/** PostgreSQL's whole numbers of 64 bits come as text; ours are ids, counts and milliseconds, which a number holds. */
const numbers: CustomTypesConfig = {
  getTypeParser: (oid: TypeId) =>
    oid === types.builtins.INT8 ? Number : (types.getTypeParser(oid) as (text: string) => unknown),
};
type TypeId = Parameters<typeof types.getTypeParser>[0];

const settings = (url: string): ClientConfig => ({
  connectionString: url,
  application_name: 'wc-auth-server',
  connectionTimeoutMillis: CONNECT_WITHIN_MS,
  keepAlive: true,
  types: numbers,
});

/** How long is waited, in milliseconds. */
export interface Limits {
  /** For the answer to a statement. Then it fails, at the server and here, and its connection is given up. */
  readonly answerWithinMs: number;
  /** Of that, for what another transaction holds. */
  readonly lockWithinMs: number;
}

/** At most `max` connections. */
export function openPool(url: string, max: number, limits: Limits): Pool {
  const pool = new Pool({
    ...settings(url),
    max,
    query_timeout: limits.answerWithinMs,
    idleTimeoutMillis: IDLE_FOR_MS,
    // It is waited for, though its type does not say so.
    onConnect: (client): unknown => prepare(client, limits),
  });
  // A connection that breaks while nobody waits for it is replaced when one is needed; unheard, it would end the process.
  const gone = () => undefined;
  pool.on('error', gone).on('connect', (client) => client.on('error', gone));
  return pool;
}

/** One connection of its own, outside of any pool; statements are waited for as in one. */
export async function connectAlone(url: string, limits: Limits): Promise<Client> {
  const client = new Client({ ...settings(url), query_timeout: limits.answerWithinMs });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await prepare(client, limits);
  } catch (error) {
    await disconnect(client);
    throw error;
  }
  return client;
}

/** Ends a connection; where the other side does not say goodbye, it is not waited for. */
export async function disconnect(client: Client): Promise<void> {
  await Promise.race([client.end(), wait(GOODBYE_WITHIN_MS, undefined, { ref: false })]);
  // Its types leave it out.
  (client as Client & { unref(): void }).unref();
}

/**
 * Refuses a standby: it knows of a revocation later than whoever was told of it. And has PostgreSQL give up what is not
 * waited for any longer, unless the operator has set a shorter time; not by parameters of the connection's start, which
 * connection poolers refuse.
 */
async function prepare(client: ClientBase, { answerWithinMs, lockWithinMs }: Limits): Promise<void> {
  const { rows } = await client.query<{ standby: boolean }>(
    `select pg_is_in_recovery() as standby, (
       select count(set_config(name, most::text, false)) +
         count(set_config('default_transaction_isolation', 'read committed', false))
       from (values ('statement_timeout', $1::bigint), ('lock_timeout', $2::bigint),
         ('idle_in_transaction_session_timeout', $3::bigint)) as wanted (name, most)
       join pg_settings using (name) where setting::bigint not between 1 and most)`,
    [
      answerWithinMs - EARLIER_MS,
      Math.min(lockWithinMs, answerWithinMs - EARLIER_MS),
      IDLE_IN_TRANSACTION_MS,
    ].map(String),
  );
  if (rows[0]?.standby !== false) throw Object.assign(new Error('This is a standby.'), { code: '25006' });
}

/** PostgreSQL keeps no character 0 in text. Browsers read it as U+FFFD (HTML, 13.2.3.5), so that is what is kept. */
export const withoutNul = <Value>(value: Value): Value =>
  (typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value) as Value;
