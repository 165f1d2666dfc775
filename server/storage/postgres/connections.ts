import { setTimeout as wait } from 'node:timers/promises';
import { Client, Pool, types, type ClientBase, type ClientConfig, type CustomTypesConfig } from 'pg';

const CONNECT_WITHIN_MS = 5_000;
const IDLE_FOR_MS = 30_000;
// PostgreSQL cancels a statement this much earlier than the client stops waiting, so that no
// abandoned statement keeps waiting.
const EARLIER_MS = 500;
const GOODBYE_WITHIN_MS = 1_000;
const IDLE_IN_TRANSACTION_MS = 60_000;

/**
 * PostgreSQL sends 64-bit integers as text. Ours are ids, counts and milliseconds, which fit into a
 * number.
 */
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

/** Time limits in milliseconds. */
export interface Limits {
  /**
   * For the answer to a statement. After that, it is canceled on the server and fails here, and
   * its connection is closed.
   */
  readonly answerWithinMs: number;
  /** The part of it that a statement may wait for a lock. */
  readonly lockWithinMs: number;
}

/** Opens a pool of at most `max` connections. */
export function openPool(url: string, max: number, limits: Limits): Pool {
  const pool = new Pool({
    ...settings(url),
    max,
    query_timeout: limits.answerWithinMs,
    idleTimeoutMillis: IDLE_FOR_MS,
    // pg awaits the returned promise, although its type does not say so.
    onConnect: (client): unknown => prepare(client, limits),
  });
  // An idle connection that breaks is replaced when the next one is needed. Without a listener, its
  // error would end the process.
  const gone = () => undefined;
  pool.on('error', gone).on('connect', (client) => client.on('error', gone));
  return pool;
}

/** Opens one connection outside any pool, with the same time limits. */
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

/** Closes a connection. Does not wait if the other side does not answer. */
export async function disconnect(client: Client): Promise<void> {
  await Promise.race([client.end(), wait(GOODBYE_WITHIN_MS, undefined, { ref: false })]);
  // The types of pg do not have this property.
  (client as Client & { unref(): void }).unref();
}

/**
 * Rejects a standby, because it learns of a revocation later than the client that caused it. Also
 * sets the server's time limits for abandoned statements, unless the operator has set shorter ones.
 * Startup parameters could not do this, because connection poolers reject them.
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

/**
 * Replaces the character 0, which PostgreSQL cannot store in text, by U+FFFD, as browsers do (HTML
 * 13.2.3.5).
 */
export const withoutNul = <Value>(value: Value): Value =>
  (typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value) as Value;
