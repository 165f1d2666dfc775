import {
  Client,
  Pool,
  types,
  type ClientBase,
  type ClientConfig,
  type CustomTypesConfig,
  type PoolClient,
} from 'pg';

const CONNECT_WITHIN_MS = 5_000;
const IDLE_FOR_MS = 30_000;

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

export interface PoolLimits {
  /** Connections at most. */
  readonly max: number;
  /** A statement that has no answer by then fails, at the server and here, and its connection is given up. */
  readonly answerWithinMs?: number;
  /** How long a statement waits for what another transaction holds. */
  readonly lockWithinMs?: number;
}

/** Without limits of time a statement may take as long as it takes. */
export function openPool(url: string, { max, answerWithinMs, lockWithinMs = 0 }: PoolLimits): Pool {
  const pool = new Pool({
    ...settings(url),
    max,
    idleTimeoutMillis: IDLE_FOR_MS,
    // Longer than the server's own limit: this one is for a server that does not answer at all.
    ...(answerWithinMs === undefined ? {} : { query_timeout: answerWithinMs + 1_000 }),
    // Not by parameters of the connection's start, which connection poolers refuse. Its types forget that it is waited for.
    onConnect: ((client: PoolClient) =>
      client.query(
        `set lock_timeout = ${lockWithinMs}; set statement_timeout = ${answerWithinMs ?? 0}; ` +
          'set idle_in_transaction_session_timeout = 60000',
      )) as unknown as (client: ClientBase) => void,
  });
  // A connection that breaks while nobody waits for it is replaced when one is needed; unheard, it would end the process.
  const gone = () => undefined;
  pool.on('error', gone).on('connect', (client) => client.on('error', gone));
  return pool;
}

/** One connection of its own, outside of any pool. */
export async function connectAlone(url: string): Promise<Client> {
  const client = new Client(settings(url));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** PostgreSQL keeps no character 0 in text. Browsers read it as U+FFFD (HTML, 13.2.3.5), so that is what is kept. */
export const withoutNul = <Value>(value: Value): Value =>
  (typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\ufffd') : value) as Value;
