import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { createApp } from '../server/app';
import type { AuditEvent } from '../server/audit/audit-events';
import type { Deliver } from '../server/callback-delivery/deliver';
import { readConfig } from '../server/config';
import { parseStoreRoutes } from '../server/gateway/store-routes';
import { openStore } from '../server/open-store';
import type { Database } from '../server/storage/database';
import { cheapPasswords } from './accounts';
import type { RememberedPairs } from './pairs';
import { trusting } from './trust';

export interface EmulatedAppOptions {
  readonly url: string;
  readonly name: string;
  readonly now: () => number;
  /** PEM of the authorities that callbacks may use, besides the usual ones. */
  readonly trust: readonly string[];
  readonly pairs: RememberedPairs;
  /** The routes of the API, for the index. */
  readonly routes: Readonly<Record<string, readonly string[]>>;
  readonly aroundDelivery: (deliver: Deliver) => Deliver;
  readonly noteEvent: ((event: AuditEvent) => void) | undefined;
}

/** How long the store waits for a callback. */
export const CALLBACK_TIMEOUT_MS = 15_000;

// What a reset keeps: the schema, the secret keys, and the count of changes that caches compare.
const KEPT = ['schema_migrations', 'secret_keys', 'secret_key_holders', 'key_changes'];

export type EmulatedApp = Awaited<ReturnType<typeof emulatedApp>>;

/** Opens the real server on a new database in a temporary folder. */
export async function emulatedApp(options: EmulatedAppOptions) {
  const folder = temporaryFolder();
  const config = readConfig({
    STORE_URL: options.url,
    STORE_NAME: options.name,
    DATABASE_URL: `sqlite:${join(folder, 'store.sqlite')}`,
    SECRET_KEY: randomBytes(32).toString('hex'),
    CALLBACK_ALLOW_HOSTS: 'localhost,127.0.0.0/8,::1/128',
    CALLBACK_TIMEOUT_MS: String(CALLBACK_TIMEOUT_MS),
  });
  const opened = await openStore(config);
  const { database } = opened;
  const app = createApp({
    ...opened,
    config: { ...config, storeRoutes: parseStoreRoutes(JSON.stringify(options.routes)) },
    log: pino({ level: 'silent' }),
    now: options.now,
    callbackContext: () => trusting(options.trust),
    passwords: cheapPasswords(),
    newKeyPair: options.pairs.make,
    aroundDelivery: options.aroundDelivery,
    ...(options.noteEvent ? { noteEvent: options.noteEvent } : {}),
  });
  return {
    app,
    database,
    /** Removes a key's permission to write while it is delivered. */
    makeReadOnly: async (keyId: number): Promise<void> => {
      await database.knex('consumer_keys').where({ key_id: keyId }).update({ permissions: 'read' });
    },
    /** Empties the database. */
    async empty(): Promise<void> {
      await database.transaction(async (within) => {
        const names = await tableNames(within);
        await within.raw('pragma defer_foreign_keys = on');
        for (const name of names) await within(name).delete();
        await within('sqlite_sequence').delete();
      });
    },
    async close(): Promise<void> {
      await app.close();
      await database.close();
      remove(folder);
    },
  };
}

async function tableNames(within: Database['knex']): Promise<string[]> {
  const rows: { name: string }[] = await within('sqlite_master')
    .where('type', 'table')
    .whereNotIn('name', KEPT)
    .select('name');
  return rows.map(({ name }) => name).filter((name) => !name.startsWith('sqlite_'));
}

const folders = new Set<string>();
// For stores that are not closed.
process.once('exit', () => folders.forEach(remove));

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-store-'));
  folders.add(folder);
  return folder;
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}
