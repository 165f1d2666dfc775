import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import Sqlite from 'better-sqlite3';
import { consumerKeyHash, pairDigest } from '../server/consumer-keys/consumer-key';
import { openStore } from '../server/open-store';
import { createServices } from '../server/services';

export const SECRET_KEY = 'bench-secret-key-bench-secret-key-0123';
export const PASSWORD = 'bench password';

/** A database with keys, and how to name them. */
export interface Seeded {
  readonly env: Record<string, string>;
  /** Returns the pair of the n-th key. */
  pair(n: number): { consumerKey: string; consumerSecret: string };
}

export interface SeededFile extends Seeded {
  readonly file: string;
}

/**
 * Returns the same pair for the same number, so that the benchmark need not keep a million of them.
 */
export function pairOf(n: number): { consumerKey: string; consumerSecret: string } {
  const digest = createHash('sha512').update(`bench ${n}`).digest('hex');
  return { consumerKey: `ck_${digest.slice(0, 40)}`, consumerSecret: `cs_${digest.slice(40, 80)}` };
}

/** Makes a database through the server's own code. Only the rows are inserted in bulk. */
export async function seed(folder: string, name: string, count: number): Promise<SeededFile> {
  const file = join(folder, `${name}.sqlite`);
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  const store = await openStore({ database: { client: 'sqlite', file }, secretKey: SECRET_KEY });
  const services = createServices({ ...store, sessionLimits: { idleMs: 1, absoluteMs: 1 } });
  const now = Date.now();
  const { userId } = await services.users.add({
    login: 'manager',
    email: 'manager@bench.example',
    role: 'administrator',
    password: PASSWORD,
    now,
  });
  const connection = new Sqlite(file);
  connection.pragma('synchronous = OFF');
  const insert = connection.prepare(`
    insert into consumer_keys (user_id, description, permissions, consumer_key, consumer_secret, pair_digest, truncated_key, created_at)
    values (?, ?, 'read_write', ?, ?, ?, ?, ?)`);
  const insertSome = connection.transaction((from: number, to: number) => {
    for (let n = from; n < to; n++) {
      const { consumerKey, consumerSecret } = pairOf(n);
      const hash = consumerKeyHash(consumerKey);
      const sealed = services.secretSealing.sealWith(store.sealingKeyId, consumerSecret, hash);
      const digest = pairDigest(consumerKey, consumerSecret);
      insert.run(userId, `Key ${n}`, hash, sealed, digest, consumerKey.slice(-7), now);
    }
  });
  for (let from = 0; from < count; from += 50_000) insertSome(from, Math.min(count, from + 50_000));
  connection.exec('insert into key_uses (key_id) select key_id from consumer_keys order by key_id');
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
  await store.database.close();
  return {
    file,
    pair: pairOf,
    env: {
      DATABASE_URL: `sqlite:${file}`,
      SECRET_KEY,
      TRUST_PROXY: 'loopback',
      STORE_URL: 'http://localhost',
      LOG_LEVEL: 'warn',
    },
  };
}
