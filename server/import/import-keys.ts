import type { Knex } from 'knex';
import type { AuditEvent } from '../audit/audit-events';
import type { ComparedKey, ImportedKey } from '../consumer-keys/imported-key-store';
import type { Permissions } from '../consumer-keys/consumer-key';
import { parseDescription } from '../consumer-keys/description';
import { nonceDigest, TIMESTAMP_WINDOW_SECONDS } from '../key-authentication/oauth-freshness';
import { isForeignKeyViolation } from '../storage/errors';
import { changeKey } from './change-key';
import { decideKey, type KeyDecision, type Owner } from './decide-key';
import type { SeenKey } from './import-store';
import { inTransaction, ROWS_PER_TRANSACTION, type ImportRun } from './import-run';
import { accountAsOwner, keyOwners } from './key-owners';
import type { Problem } from './problem';
import type { StagedKey } from './staged-rows';
import { appOf } from './wordpress/app-description';
import { storedNonces } from './wordpress/stored-nonces';

interface Result {
  readonly key: StagedKey;
  readonly owner: Owner | undefined;
  readonly decision: KeyDecision;
  readonly problems: readonly Problem[];
}

/** Brings the keys over. A batch is one transaction, as for users. */
export async function importKeys(run: ImportRun): Promise<void> {
  const { staged, site, counts } = run;
  const total = staged.keyCount(site.prefix);
  let after = -1;
  for (;;) {
    const batch = staged.keys(site.prefix, after, ROWS_PER_TRANSACTION);
    const last = batch.at(-1);
    if (!last) return;
    after = last.keyId;
    for (const result of await importBatch(run, batch.map(withDescription))) note(run, result);
    counts.keysFound += batch.length;
    run.tell({ step: 'keys', done: counts.keysFound, total, unit: 'rows' });
  }
}

/** Returns the key with a description that pages can show. */
function withDescription(key: StagedKey): StagedKey {
  return { ...key, description: parseDescription(key.description) ?? `WooCommerce key ${key.keyId}` };
}

/**
 * The secret key may be replaced between sealing and writing. The database then rejects what the old
 * key sealed, and the batch is done again.
 */
async function importBatch(run: ImportRun, batch: readonly StagedKey[]): Promise<Result[]> {
  const once = () => inTransaction(run, (within) => importWithin(run, batch, within));
  try {
    return await once();
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    return once();
  }
}

async function importWithin(run: ImportRun, batch: readonly StagedKey[], within: Knex): Promise<Result[]> {
  const { services, stores, staged, site, sourceId, choices, notes, losses } = run;
  const ids = batch.map(({ keyId }) => keyId);
  const seen =
    sourceId === undefined
      ? new Map<number, SeenKey>()
      : await stores.sources.seenKeys(sourceId, ids, within);
  const here = await stores.keys.withIds(
    [...ids, ...[...seen.values()].flatMap(({ keyId }) => keyId ?? [])],
    within,
  );
  const sameHashes = await stores.keys.withHashes(
    batch.map(({ consumerKeyHash }) => consumerKeyHash),
    within,
  );
  const inHistory = new Set(await services.audit.keyIdsAmong(ids, within));
  const owners = await keyOwners(run, { batch, seen: [...seen.values()], here: [...here.values()] }, within);
  const fallback = choices.owner && accountAsOwner(choices.owner);

  const results = batch.map((key): Result => {
    const last = seen.get(key.keyId);
    const current = last?.keyId == null ? undefined : here.get(last.keyId);
    // A key whose owner is not in the source keeps the one that it has here.
    const ownerHere = current && (notes.account(current.key.userId) ?? owners.here(current.key.userId));
    const owner = owners.ofSource(key.userId) ?? (last ? ownerHere : fallback);
    const result = decideKey(
      key,
      {
        owner,
        seen: last,
        current,
        currentSecret: () => openedSecret(run, current),
        seenOwnerId: last && owners.ofSource(last.sourceUserId)?.userId,
        sameHashHere: sameHashes.get(key.consumerKeyHash),
        firstWithHash: staged.firstKeyWith(site.prefix, key.consumerKeyHash),
        idIsTaken: here.has(key.keyId) || inHistory.has(key.keyId),
      },
      { includeResting: choices.includeResting, holdsBack: run.holdsBack },
    );
    if (choices.dryRun && current && result.decision.does === 'change') {
      // In a dry run, an owner who is new has no account yet.
      const isGiven =
        result.decision.changes.userId !== undefined || (owner !== undefined && owner.userId === undefined);
      const then = isGiven ? owner : ownerHere;
      if (owners.here(current.key.userId)?.restsBecause === undefined && then?.restsBecause)
        losses.resting += 1;
    }
    return { key, owner, ...result };
  });
  if (!choices.dryRun && sourceId !== undefined) await write(run, sourceId, results, seen, within);
  return results;
}

async function write(
  run: ImportRun,
  sourceId: number,
  results: readonly Result[],
  seen: ReadonlyMap<number, SeenKey>,
  within: Knex,
): Promise<void> {
  const { services, stores, now, facts } = run;
  const fresh = results.flatMap(({ key, owner, decision }) =>
    decision.does === 'insert' && owner ? [{ key, owner, decision }] : [],
  );
  const sealingKeyId = await services.sealingKeyId();
  const sealed = (key: StagedKey) =>
    services.secretSealing.sealWith(sealingKeyId, key.consumerSecret, key.consumerKeyHash);
  const newIds = await stores.keys.insert(
    fresh.map(({ key, owner, decision }): ImportedKey => {
      const app = appOf(key.description);
      const lastAccess = facts.toUtc(key.lastAccess);
      return {
        keyId: decision.keepsId ? key.keyId : undefined,
        userId: owner.userId ?? 0,
        description: key.description,
        permissions: key.permissions as Permissions,
        consumerKeyHash: key.consumerKeyHash,
        sealedSecret: sealed(key),
        truncatedKey: key.truncatedKey,
        // WooCommerce does not store when a key was made by hand.
        createdAt: Math.min(app?.createdAt ?? lastAccess ?? now, now),
        lastAccess,
        appName: app?.appName ?? null,
        importSourceId: sourceId,
      };
    }),
    within,
  );
  await services.audit.recordAll(
    fresh.map(({ key, owner }): AuditEvent => {
      const { description } = key;
      const permissions = key.permissions as Permissions;
      return {
        event: 'key.imported',
        at: now,
        keyId: newIds.get(key.consumerKeyHash),
        appName: appOf(description)?.appName,
        detail: { by: 'import', owner: owner.login, description, permissions, source: run.sourceName },
      };
    }),
    within,
  );

  for (const { key, decision, owner } of results)
    if (decision.does === 'change') await changeKey(run, { key, decision, owner, sealed }, within);

  const idHere = ({ key, decision }: Result) =>
    decision.does === 'change' ? decision.current.key.keyId : newIds.get(key.consumerKeyHash);
  await stores.sources.saveKeys(
    sourceId,
    results.flatMap((result): SeenKey[] => {
      const { key, decision } = result;
      if (decision.does === 'nothing' && !seen.has(key.keyId)) return [];
      return [
        {
          sourceKeyId: key.keyId,
          keyId: (decision.does === 'nothing' ? seen.get(key.keyId)?.keyId : idHere(result)) ?? null,
          sourceUserId:
            decision.does === 'change' && decision.holdsOwner
              ? (seen.get(key.keyId)?.sourceUserId ?? key.userId)
              : key.userId,
          description: key.description,
          permissions: key.permissions,
          consumerKeyHash: key.consumerKeyHash,
        },
      ];
    }),
    within,
  );
  await stores.nonces.keep(
    results.flatMap((result) => {
      const keyId = result.decision.does === 'nothing' ? undefined : idHere(result);
      return keyId === undefined ? [] : freshNonces(result.key, keyId, now);
    }),
    within,
  );
}

/** Returns the nonces that WooCommerce accepted so recently that a request with them could be repeated. */
function freshNonces(key: StagedKey, keyId: number, now: number) {
  if (key.nonces === '') return [];
  return storedNonces(key.nonces)
    .filter(({ timestamp }) => Math.abs(timestamp - now / 1000) <= TIMESTAMP_WINDOW_SECONDS)
    .map(({ timestamp, nonce }) => ({ keyId, timestamp, nonce: nonceDigest(nonce) }));
}

function openedSecret({ services }: ImportRun, current: ComparedKey | undefined): string {
  if (!current) return '';
  try {
    return services.secretSealing.open(current.sealedSecret, current.consumerKeyHash);
  } catch {
    // A damaged secret is not the one of the source, which replaces it.
    return '';
  }
}

function note({ counts, notes, facts }: ImportRun, { key, owner, decision, problems }: Result): void {
  notes.noteProblems(problems);
  if (decision.does === 'nothing') {
    if (decision.because === 'revoked here') counts.keysRevokedHere += 1;
    else counts.keysNotImported += 1;
    return;
  }
  const rests = owner?.restsBecause !== undefined;
  if (decision.does === 'insert') {
    counts.keysImported += 1;
    if (rests) counts.keysResting += 1;
  } else if (Object.keys(decision.changes).length > 0) counts.keysChanged += 1;
  else counts.keysUnchanged += 1;
  const app = appOf(key.description)?.appName ?? null;
  notes.noteKey(owner?.login ?? '', app, rests, facts.toUtc(key.lastAccess));
}
