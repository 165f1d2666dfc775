import { createHash } from 'node:crypto';
import { pendingKeyStore } from '../consumer-keys/pending-key-store';
import { grantRequestStore } from '../grant/grant-request-store';
import { interruptedGrants } from '../grant/interrupted-grants';
import type { Database } from '../storage/database';
import { isFailureOf, openDatabase } from '../storage/drivers';
import { isUnusable, UnusableDatabaseError, withoutBoundValues } from '../storage/errors';
import { keyHolders } from '../storage/key-holders';
import type { Progress } from '../storage/move/moved-rows';
import { moveStore } from '../storage/move/move-store';
import type { PostgresOptions } from '../storage/postgres/database';
import type { StoreContext } from './store-command';

export interface MoveOrder {
  /** The store on SQLite, open. */
  readonly context: StoreContext;
  /** Its file. */
  readonly file: string;
  readonly to: PostgresOptions;
  readonly tell: (progress: Progress) => void;
}

/** Moves a store on which no server runs. Returns the number of rows per table. */
export async function move({ context, file, to, tell }: MoveOrder): Promise<Record<string, number>> {
  const { database, secretKey, sealingKeyId } = context;
  // Settles keys whose server died during the delivery. The target would keep them as pending.
  const requests = grantRequestStore(database);
  const pendingKeys = pendingKeyStore(database);
  await interruptedGrants({ ...context, requests, pendingKeys, now: Date.now }).ofDeadProcesses();

  const proof = secretKey.find(sealingKeyId)?.proof ?? '';
  const sourceId = createHash('sha256').update(`${proof} ${file}`).digest('hex');
  const rows: Record<string, number> = {};
  // During this transaction, no server can start on the file, and no other command or move can
  // change it.
  await database.transaction(async (source) => {
    const servers = await keyHolders({ knex: source, lease: database.lease }, secretKey).running();
    if (servers > 0)
      throw new Error(`A server runs on ${file}. Nothing was copied. Stop every server of this store first.`);
    await withTarget(to, (target) =>
      moveStore({
        source,
        sourceId,
        target,
        tell: (progress) => {
          rows[progress.table] = progress.rows;
          tell(progress);
        },
      }),
    );
  });
  return rows;
}

async function withTarget(to: PostgresOptions, work: (target: Database) => Promise<void>): Promise<void> {
  const target = openDatabase(to);
  try {
    await work(target);
  } catch (error) {
    throw isFailureOf(to, error) && isUnusable(error)
      ? new UnusableDatabaseError(to, error, '--to')
      : withoutBoundValues(error);
  } finally {
    await target.close();
  }
}
