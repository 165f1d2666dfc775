import type { Knex } from 'knex';
import type { AuditEvent } from '../audit/audit-events';
import type { KeyDecision, Owner } from './decide-key';
import type { ImportRun } from './import-run';
import type { StagedKey } from './staged-rows';

export interface KeyChange {
  /** The key as it is in the source. */
  readonly key: StagedKey;
  readonly decision: Extract<KeyDecision, { does: 'change' }>;
  readonly owner: Owner | undefined;
  readonly sealed: (key: StagedKey) => string;
}

/** Writes what has changed in the source, each with its entry in the history. */
export async function changeKey(
  { services, stores, facts, now }: ImportRun,
  { key: source, decision, owner, sealed }: KeyChange,
  within: Knex,
): Promise<void> {
  const { current, changes } = decision;
  const { key } = current;
  const lastAccess = facts.toUtc(source.lastAccess);
  if (lastAccess !== null && lastAccess > (key.lastAccess ?? 0))
    await stores.keys.usedAt(key.keyId, lastAccess, within);

  const entry = { at: now, keyId: key.keyId, appName: key.app?.appName };
  const { pair, userId, ...values } = changes;
  const to = { ...values, ...(userId === undefined ? {} : { owner: owner?.login ?? '' }) };
  const events: AuditEvent[] = [];
  if (Object.keys(to).length > 0) {
    await stores.keys.change(key.keyId, { ...values, userId }, within);
    const before = { description: key.description, permissions: key.permissions };
    const from = {
      ...Object.fromEntries(Object.keys(values).map((name) => [name, before[name as keyof typeof before]])),
      ...(userId === undefined
        ? {}
        : { owner: (await services.users.find(key.userId, within))?.login ?? '' }),
    };
    const description = changes.description ?? key.description;
    events.push({ event: 'key.changed', ...entry, detail: { by: 'import', description, from, to } });
  }
  if (pair) {
    const { consumerKeyHash, truncatedKey } = source;
    const stored = { consumerKeyHash, sealedSecret: sealed(source), truncatedKey };
    await stores.keys.replacePair(key.keyId, stored, within);
    const { description, permissions } = key;
    events.push({ event: 'key.regenerated', ...entry, detail: { by: 'import', description, permissions } });
  }
  await services.audit.recordAll(events, within);
}
