import { Client } from 'pg';
import { consumerKeyHash, pairDigest } from '../server/consumer-keys/consumer-key';
import { openStore } from '../server/open-store';
import { createServices } from '../server/services';
import { PASSWORD, pairOf, SECRET_KEY, type Seeded } from './seed';

const ROWS_PER_STATEMENT = 10_000;

/** A schema with keys, to be dropped afterwards. */
export interface SeededSchema extends Seeded {
  drop(): Promise<void>;
}

/** Makes the store of `seed` in a new schema of a PostgreSQL database. */
export async function seedPostgres(server: string, name: string, count: number): Promise<SeededSchema> {
  const schema = `wc_auth_bench_${name}_${process.pid}`;
  await on(server, `create schema ${schema}`);
  const named = new URL(server);
  named.searchParams.set('options', `-c search_path=${schema}`);
  const url = named.href.replaceAll('+', '%20');

  const store = await openStore({
    database: { client: 'postgres', url, connections: 4 },
    secretKey: SECRET_KEY,
  });
  const services = createServices({ ...store, sessionLimits: { idleMs: 1, absoluteMs: 1 } });
  const now = Date.now();
  const { userId } = await services.users.add({
    login: 'manager',
    email: 'manager@bench.example',
    role: 'administrator',
    password: PASSWORD,
    now,
  });
  const client = new Client(url);
  await client.connect();
  await client.query('set synchronous_commit = off');
  for (let from = 0; from < count; from += ROWS_PER_STATEMENT) {
    const rows = Array.from({ length: Math.min(ROWS_PER_STATEMENT, count - from) }, (_, at) => {
      const { consumerKey, consumerSecret } = pairOf(from + at);
      const hash = consumerKeyHash(consumerKey);
      const sealed = services.secretSealing.sealWith(store.sealingKeyId, consumerSecret, hash);
      const digest = pairDigest(consumerKey, consumerSecret);
      return [`Key ${from + at}`, hash, sealed, digest, consumerKey.slice(-7)] as const;
    });
    await client.query(
      `insert into consumer_keys (user_id, description, permissions, consumer_key, consumer_secret, pair_digest, truncated_key, created_at)
       select $1::bigint, d, 'read_write', h, s, p, t, $2::bigint
       from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[]) as row (d, h, s, p, t)`,
      [userId, now, ...([0, 1, 2, 3, 4] as const).map((column) => rows.map((row) => row[column]))],
    );
  }
  await client.query('insert into key_uses (key_id) select key_id from consumer_keys order by key_id');
  await client.query('vacuum analyze consumer_keys, key_uses');
  await client.end();
  await store.database.close();
  return {
    pair: pairOf,
    env: {
      DATABASE_URL: url,
      SECRET_KEY,
      TRUST_PROXY: 'loopback',
      STORE_URL: 'http://localhost',
      LOG_LEVEL: 'warn',
    },
    drop: () => on(server, `drop schema ${schema} cascade`),
  };
}

async function on(server: string, statement: string): Promise<void> {
  const client = new Client(server);
  await client.connect();
  await client.query('set client_min_messages = warning');
  await client.query(statement);
  await client.end();
}
