import type { Knex } from 'knex';
import type { AuditEvent } from '../audit/audit-events';
import type { Role, User } from '../users/user';
import { accountKey } from '../users/user-store';
import type { Owner } from './decide-key';
import { decideRole } from './decide-role';
import {
  decideUser,
  passwordMark,
  sourceUser,
  type Lookup,
  type SourceUser,
  type UserDecision,
} from './decide-user';
import type { SeenUser } from './import-store';
import { inTransaction, ROWS_PER_TRANSACTION, type ImportRun } from './import-run';
import type { Problem } from './problem';
import { accountReason } from './reason-in-words';
import type { StagedUser } from './staged-rows';
import type { RoleReason } from './wordpress/capabilities';

interface Candidate {
  readonly user: SourceUser;
  readonly reason: RoleReason | undefined;
}

interface Result extends Candidate {
  readonly decision: UserDecision;
  readonly problems: readonly Problem[];
  /** The account here. `undefined` in a dry run, if it is not here yet. */
  readonly userId: number | undefined;
}

/**
 * Brings the users over who own a key or may manage the store, and notes who owns the keys.
 *
 * A batch is one transaction. After an interruption, the next import finds the users of complete
 * batches as they are in the source, and goes on.
 */
export async function importUsers(run: ImportRun): Promise<void> {
  const { staged, site, notes } = run;
  const { usersPrefix } = site;
  if (usersPrefix === undefined) return;
  let after = -1;
  let done = 0;
  for (;;) {
    const batch = staged.users(usersPrefix, after, ROWS_PER_TRANSACTION);
    const last = batch.at(-1);
    if (!last) return;
    after = last.userId;
    const results = await inTransaction(run, (within) => importBatch(run, batch, within));
    for (const result of results) {
      notes.noteProblems(result.problems);
      notes.noteOwner(result.user.sourceUserId, ownerOf(result));
      if (result.decision.does === 'insert') notes.claim(result.decision.account);
      count(run, result);
    }
    done += batch.length;
    run.tell({ step: 'users', done, total: undefined, unit: 'rows' });
  }
}

async function importBatch(run: ImportRun, batch: readonly StagedUser[], within: Knex): Promise<Result[]> {
  const { services, stores, sourceId, staged, site, facts, choices, now, notes } = run;
  const store = stores.users;

  const ids = batch.map(({ userId }) => userId);
  const seen =
    sourceId === undefined
      ? new Map<number, SeenUser>()
      : await stores.sources.seenUsers(sourceId, ids, within);
  const candidates = batch.flatMap((user): Candidate[] => {
    const inSource = facts.roleOf(user);
    const comes =
      choices.allUsers ||
      inSource.role !== 'customer' ||
      seen.has(user.userId) ||
      staged.ownsKey(site.prefix, user.userId) !== undefined;
    if (!comes) return [];
    const { role, problems } = decideRole(user, {
      inSource,
      before: seen.get(user.userId)?.role,
      holdsBack: run.holdsBack,
    });
    notes.noteProblems(problems);
    return [{ user: sourceUser(user, role), reason: inSource.reason }];
  });
  if (candidates.length === 0) return [];

  const accounts = await store.withIds(
    [...seen.values()].flatMap(({ userId }) => userId ?? []),
    within,
  );
  const names = candidates.flatMap(({ user }) => [user.login, user.email]);
  const known = new Set(names.map(accountKey));
  const here = await store.named(names, within);
  /** Names that users of this batch take. */
  const claimed = new Set<string>();
  const lookup =
    (what: 'login' | 'email'): Lookup =>
    async (name) => {
      const key = accountKey(name);
      const among = known.has(key) ? here : await store.named([name], within);
      const holder = among.find((user) => accountKey(user[what]) === key);
      if (holder) return holder;
      return claimed.has(`${what} ${key}`) || notes.isClaimed(what, name) ? 'of this import' : undefined;
    };
  const [withLogin, withEmail] = [lookup('login'), lookup('email')];

  const decided: (Candidate & { decision: UserDecision; problems: readonly Problem[] })[] = [];
  for (const candidate of candidates) {
    const { user } = candidate;
    const last = seen.get(user.sourceUserId);
    const current = last?.userId == null ? undefined : accounts.get(last.userId);
    const result = await decideUser(user, {
      seen: last,
      current,
      withLogin,
      withEmail,
      isLastAdministrator:
        current?.user.role === 'administrator' &&
        (await services.users.isLastAdministrator(current.user.userId, within)),
    });
    if (result.decision.does === 'insert') {
      claimed.add(`login ${accountKey(result.decision.account.login)}`);
      claimed.add(`email ${accountKey(result.decision.account.email)}`);
    }
    decided.push({ ...candidate, ...result });
  }

  const inserted = await insertAccounts();
  const results = decided.map((one): Result => ({ ...one, userId: userIdOf(one.decision) }));
  if (choices.dryRun || sourceId === undefined) return results;
  await changeAccounts(results);
  await stores.sources.saveUsers(sourceId, results.map(toSeen), within);
  return results;

  function userIdOf(decision: UserDecision): number | undefined {
    switch (decision.does) {
      case 'insert':
        return inserted.get(decision.account.sourceUserId)?.userId;
      case 'adopt':
        return decision.account.userId;
      case 'change':
        return decision.current.user.userId;
      case 'nothing':
        return undefined;
    }
  }

  /** Returns the new accounts by the ids of their users in the source. */
  async function insertAccounts(): Promise<ReadonlyMap<number, User>> {
    const fresh = decided.flatMap(({ decision }) => (decision.does === 'insert' ? [decision.account] : []));
    if (choices.dryRun) return new Map();
    const users = await store.insert(
      fresh.map((account) => ({ ...account, createdAt: now })),
      within,
    );
    await services.audit.recordAll(
      users.map(({ userId, login, role }): AuditEvent => {
        return { event: 'user.added', at: now, detail: { by: 'import', userId, login, role } };
      }),
      within,
    );
    return new Map(users.map((user, index) => [fresh[index]?.sourceUserId ?? 0, user]));
  }

  async function changeAccounts(all: readonly Result[]): Promise<void> {
    for (const { decision } of all)
      if (decision.does === 'change') await changeAccount(run, decision, within);
  }

  function toSeen({ user, decision, userId }: Result): SeenUser {
    const last = seen.get(user.sourceUserId);
    return {
      ...user,
      password: passwordMark(user.password),
      userId: userId ?? null,
      existed: last?.existed ?? decision.does === 'adopt',
    };
  }
}

/** Writes what has changed in the source, each with its entry in the history. */
async function changeAccount(
  { services, stores, now }: ImportRun,
  { current: { user }, changes }: Extract<UserDecision, { does: 'change' }>,
  within: Knex,
): Promise<void> {
  const { audit, users, sessionRecords } = services;
  const by = { by: 'import', userId: user.userId, login: changes.login ?? user.login } as const;
  const { role, password, ...details } = changes;
  const names = Object.keys(details) as (keyof typeof details)[];
  if (names.length > 0) {
    await stores.users.setDetails(user.userId, { ...user, ...details }, within);
    const from = Object.fromEntries(names.map((name) => [name, user[name]]));
    await audit.record({ event: 'user.changed', at: now, detail: { ...by, from, to: details } }, within);
  }
  if (role !== undefined) {
    await users.setRole(user.userId, role, within);
    await audit.record(
      { event: 'user.role_changed', at: now, detail: { ...by, from: user.role, to: role } },
      within,
    );
  }
  if (password !== undefined) {
    await stores.users.setImportedPassword(user.userId, password, within);
    // WordPress ends them too when a password changes.
    await sessionRecords.closeAllOf(user.userId, within);
    await audit.record({ event: 'user.password_changed', at: now, detail: by }, within);
  }
}

function ownerOf({ user, decision, userId, reason }: Result): Owner {
  const [login, role, disabledAt] = stateOf(user, decision);
  const here = accountReason({ role, disabledAt });
  return {
    login,
    userId: decision.does === 'nothing' ? null : userId,
    restsBecause: here?.kind === 'role' ? (reason ?? here) : here,
  };
}

function stateOf(
  user: SourceUser,
  decision: UserDecision,
): [login: string, role: Role, disabledAt: number | null] {
  switch (decision.does) {
    case 'insert':
      return [decision.account.login, user.role, null];
    case 'change': {
      const { user: here } = decision.current;
      return [decision.changes.login ?? here.login, decision.changes.role ?? here.role, here.disabledAt];
    }
    case 'adopt':
      return [decision.account.login, decision.account.role, decision.account.disabledAt];
    case 'nothing':
      return [user.login, user.role, null];
  }
}

function count({ counts }: ImportRun, { decision }: Result): void {
  if (decision.does === 'insert') counts.usersImported += 1;
  else if (decision.does === 'adopt') counts.usersAdopted += 1;
  else if (decision.does === 'change' && Object.keys(decision.changes).length > 0) counts.usersChanged += 1;
  else counts.usersUnchanged += 1;
}
