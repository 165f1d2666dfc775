import type { Knex } from 'knex';
import type { AuditLog } from '../audit/audit-log';
import { isExpired, type ConsumerKey, type Permissions } from '../consumer-keys/consumer-key';
import type { ConsumerKeyService, IssuedKey } from '../consumer-keys/consumer-key-service';
import { checkLifetime, DAY_MS, type KeyLifetimes } from '../consumer-keys/key-lifetime';
import { earlierEnd, hasSameLimits, isLimited, setLimits, type KeyLimits } from '../consumer-keys/key-limits';
import type { LimitGuard } from '../consumer-keys/limit-guard';
import { UserError } from '../errors/user-error';
import type { Database } from '../storage/database';
import type { User } from '../users/user';
import { auditedAs, type Actor } from './actor';
import { changedValues } from './key-values';

export interface KeyAdministrationDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly consumerKeys: ConsumerKeyService;
  readonly audit: AuditLog;
  readonly lifetimes: KeyLifetimes;
  readonly expectLimitsToCount: LimitGuard;
  readonly now: () => number;
}

/**
 * Spends the one-time value of a form that shows a secret, in the same transaction. Returns `false`
 * if it was spent before.
 */
export type SpendForm = (within: Knex) => Promise<boolean>;

export interface NewKey {
  readonly owner: User;
  readonly description: string;
  readonly permissions: Permissions;
  readonly limits: KeyLimits;
}

export type KeyChanges = NewKey;

/** The longest time for which a replaced key may work on. */
export const OVERLAP_MAX_MS = 30 * DAY_MS;
/** The most days by which a key can be extended at once. */
export const EXTEND_DAYS_MAX = 3_650;

export type KeyAdministration = ReturnType<typeof keyAdministration>;

/**
 * Changes that a person makes to a key, in the console or on the command line. Each change and its
 * audit entry are one transaction. `key` and `owner` are the state that the person saw. If the state
 * is different now, nothing changes, and the result is `overtaken`.
 *
 * Every function throws a UserError for what the person can correct: an end in the past or too late,
 * or a limit while an older server runs, which would ignore it.
 */
export function keyAdministration(dependencies: KeyAdministrationDependencies) {
  const { database, consumerKeys, audit, lifetimes, expectLimitsToCount, now } = dependencies;
  const entryOf = (keyId: number, by: Actor) => ({ at: now(), ...auditedAs(by), keyId });
  const appOf = ({ app }: ConsumerKey) => ({ appName: app?.appName, callbackOrigin: app?.callbackOrigin });

  async function change(
    key: ConsumerKey,
    owner: User,
    to: KeyChanges,
    by: Actor,
  ): Promise<'changed' | 'unchanged' | 'overtaken'> {
    const changed = changedValues({ ...key, owner: owner.login }, { ...to, owner: to.owner.login });
    if (!changed) return 'unchanged';
    if (to.limits.expiresAt !== key.limits.expiresAt)
      checkLifetime(to.limits.expiresAt, { now: now(), lifetimes });
    if (isLimited(to.limits) && !hasSameLimits(to.limits, key.limits)) await expectLimitsToCount();
    return database.transaction(async (within) => {
      const row = { ...to, userId: to.owner.userId };
      if (!(await consumerKeys.change(key, row, within))) return 'overtaken';
      const detail = { by: by.how, description: to.description, ...changed };
      await audit.record({ event: 'key.changed', ...entryOf(key.keyId, by), detail }, within);
      return 'changed';
    });
  }

  /** Returns whether a key is as it was when it was read. */
  async function isUnchanged(key: ConsumerKey, within: Knex): Promise<boolean> {
    const current = await consumerKeys.find(key.keyId, within);
    return current !== undefined && isSameKey(current, key);
  }

  /** Gives a key a new pair in the same row. The old pair stops working at once. */
  async function regenerate(
    key: ConsumerKey,
    owner: User,
    by: Actor,
    spendForm: SpendForm,
  ): Promise<IssuedKey | 'form spent' | 'overtaken'> {
    return database.transaction(async (within) => {
      if (!(await spendForm(within))) return 'form spent';
      if (!(await isUnchanged(key, within))) return 'overtaken';
      const issued = await consumerKeys.regenerate(key, within);
      if (!issued) return 'overtaken';
      const { description, permissions } = key;
      const detail = { by: by.how, owner: owner.login, description, permissions };
      await audit.record({ event: 'key.regenerated', ...entryOf(key.keyId, by), detail }, within);
      return issued;
    });
  }

  /** Makes a second key, and lets the old one end. */
  async function replaceLater(
    key: ConsumerKey,
    owner: User,
    { endsAt, by, spendForm }: { endsAt: number; by: Actor; spendForm: SpendForm },
  ): Promise<IssuedKey | 'form spent' | 'overtaken'> {
    const { userId, description, permissions, app, limits } = key;
    return database.transaction(async (within) => {
      if (!(await spendForm(within))) return 'form spent';
      if (!(await isUnchanged(key, within))) return 'overtaken';
      const request = { userId, description, permissions, limits, now: now() };
      const issued = await consumerKeys.issue(app === null ? request : { ...request, app }, within);
      await consumerKeys.endBy(key.keyId, endsAt, issued.keyId, within);
      const detail = { by: by.how, owner: owner.login, description, permissions };
      const made = { ...entryOf(issued.keyId, by), ...appOf(key) };
      await audit.record(
        { event: 'key.created', ...made, detail: { ...detail, ...setLimits(limits) } },
        within,
      );
      const ends = new Date(earlierEnd(limits, endsAt)).toISOString();
      const replaced = { ...detail, byKey: issued.keyId, expires: ends };
      await audit.record(
        { event: 'key.replaced', ...entryOf(key.keyId, by), ...appOf(key), detail: replaced },
        within,
      );
      return issued;
    });
  }

  return {
    change,

    async create(
      { owner, description, permissions, limits }: NewKey,
      by: Actor,
      spendForm: SpendForm = unlimited,
    ): Promise<IssuedKey | 'form spent'> {
      checkLifetime(limits.expiresAt, { now: now(), lifetimes });
      if (isLimited(limits)) await expectLimitsToCount();
      return database.transaction(async (within) => {
        if (!(await spendForm(within))) return 'form spent';
        const request = { userId: owner.userId, description, permissions, limits, now: now() };
        const issued = await consumerKeys.issue(request, within);
        const detail = { by: by.how, owner: owner.login, description, permissions, ...setLimits(limits) };
        await audit.record({ event: 'key.created', ...entryOf(issued.keyId, by), detail }, within);
        return issued;
      });
    },

    /**
     * Lets a key end this number of days later, or after now if it has ended.
     * @throws UserError also for a key that never ends
     */
    async extend(
      key: ConsumerKey,
      owner: User,
      days: number,
      by: Actor,
    ): Promise<'changed' | 'unchanged' | 'overtaken'> {
      if (key.limits.expiresAt === null) throw new UserError({ field: 'days', key: 'key.error.never_ends' });
      if (!Number.isInteger(days) || days < 1 || days > EXTEND_DAYS_MAX)
        throw new UserError({ field: 'days', key: 'key.error.bad_days', values: { most: EXTEND_DAYS_MAX } });
      const from = isExpired(key, now()) ? now() : key.limits.expiresAt;
      const limits = { ...key.limits, expiresAt: from + days * DAY_MS };
      return change(key, owner, { ...key, owner, limits }, by);
    },

    /**
     * Gives the holder of a key a new pair. With an overlap of 0 ms it is the same key, and the old pair
     * stops working at once. Otherwise it is a new key for the same app, owner and limits, and the old
     * key ends after the overlap.
     * @throws UserError also for a key that has ended or was replaced
     */
    async replace(
      key: ConsumerKey,
      owner: User,
      overlapMs: number,
      by: Actor,
      spendForm: SpendForm = unlimited,
    ): Promise<IssuedKey | 'form spent' | 'overtaken'> {
      if (!Number.isInteger(overlapMs) || overlapMs < 0 || overlapMs > OVERLAP_MAX_MS)
        throw new UserError({ field: 'overlap', key: 'key.error.bad_overlap' });
      if (isExpired(key, now())) throw new UserError({ field: 'overlap', key: 'key.error.ended' });
      const replacement = await consumerKeys.replacementOf(key);
      if (replacement !== null)
        throw new UserError({
          field: 'overlap',
          key: 'key.error.replaced_already',
          values: { key: replacement },
        });
      if (key.pending) return 'overtaken';
      if (overlapMs === 0) return regenerate(key, owner, by, spendForm);
      await expectLimitsToCount();
      return replaceLater(key, owner, { endsAt: now() + overlapMs, by, spendForm });
    },
  };
}

const isSameKey = (one: ConsumerKey, other: ConsumerKey): boolean =>
  one.truncatedKey === other.truncatedKey &&
  one.userId === other.userId &&
  one.permissions === other.permissions &&
  one.description === other.description &&
  one.replacedBy === other.replacedBy &&
  hasSameLimits(one.limits, other.limits);

const unlimited: SpendForm = () => Promise.resolve(true);
