import type Sqlite from 'better-sqlite3';
import { accountKey } from '../users/user-store';
import type { Owner } from './decide-key';
import { PROBLEM_KINDS, type Problem, type ProblemKind } from './problem';

/** The keys of one owner and app. */
export interface AppKeys {
  readonly owner: string;
  /** `null`: made by hand. */
  readonly app: string | null;
  readonly keys: number;
  /** Keys that have no access, because their owner may not manage the store. */
  readonly resting: number;
  /** Milliseconds since 1970. `null`: never. */
  readonly lastUse: number | null;
}

/** Problems of one kind. */
export interface ProblemGroup {
  readonly kind: ProblemKind;
  readonly problems: readonly Problem[];
}

interface OwnerRow {
  readonly login: string;
  readonly userId: number | null;
  readonly removed: number;
  readonly reason: string | null;
}

interface ProblemRow extends Omit<Problem, 'keyId'> {
  readonly keyId: number | null;
}

export type ImportNotes = ReturnType<typeof importNotes>;

/**
 * Returns what an import notes about its users and keys on the way. It is kept beside the rows of
 * the source, because a large store has more of it than should be in memory.
 */
export function importNotes(database: Sqlite.Database) {
  database.exec(`
    create table owners (sourceUserId integer primary key, login, userId, removed, reason);
    create index owners_account_index on owners (userId);
    create table claimed (name primary key) without rowid;
    create table problems (kind, about, message, fix, keyId);
    create table appKeys (owner, app, rests, lastUse)`);
  const insert = (table: string, columns: number) => {
    const statement = database.prepare(
      `insert or replace into ${table} values (${Array.from({ length: columns }, () => '?').join(', ')})`,
    );
    return (...values: (string | number | null)[]) => void statement.run(...values);
  };
  const [addOwner, addName, addProblem, addKey] = [
    insert('owners', 5),
    insert('claimed', 1),
    insert('problems', 5),
    insert('appKeys', 4),
  ];
  const findOwner = database.prepare('select * from owners where sourceUserId = ?');
  const findAccount = database.prepare('select * from owners where userId = ?');
  const findName = database.prepare('select 1 from claimed where name = ?');

  return {
    owner: (sourceUserId: number): Owner | undefined => ownerOf(findOwner.get(sourceUserId)),
    /** Returns the owner of an account here, as this import leaves it. */
    account: (userId: number): Owner | undefined => ownerOf(findAccount.get(userId)),
    noteOwner(sourceUserId: number, { login, userId, restsBecause }: Owner): void {
      const reason = restsBecause === undefined ? null : JSON.stringify(restsBecause);
      addOwner(sourceUserId, login, userId ?? null, userId === null ? 1 : 0, reason);
    },

    /** Notes that a user of the source takes a login and an email address. */
    claim({ login, email }: { readonly login: string; readonly email: string }): void {
      addName(`login ${accountKey(login)}`);
      addName(`email ${accountKey(email)}`);
    },
    isClaimed: (what: 'login' | 'email', name: string): boolean =>
      findName.get(`${what} ${accountKey(name)}`) !== undefined,

    noteProblems(problems: readonly Problem[]): void {
      for (const { kind, about, message, fix, keyId = null } of problems)
        addProblem(kind, about, message, fix, keyId);
    },
    noteKey: (owner: string, app: string | null, rests: boolean, lastUse: number | null): void =>
      addKey(owner, app, rests ? 1 : 0, lastUse),

    appKeys: (): AppKeys[] =>
      database
        .prepare(
          `select owner, app, count(*) as keys, sum(rests) as resting, max(lastUse) as lastUse
           from appKeys group by owner, app order by owner, app`,
        )
        .all() as AppKeys[],

    /** Returns the problems, those of one kind together. */
    problems(): ProblemGroup[] {
      const ofKind = database.prepare('select * from problems where kind = ? order by rowid');
      const problemOf = ({ keyId, ...problem }: ProblemRow): Problem =>
        keyId === null ? problem : { ...problem, keyId };
      return PROBLEM_KINDS.map((kind) => ({
        kind,
        problems: (ofKind.all(kind) as ProblemRow[]).map(problemOf),
      })).filter(({ problems }) => problems.length > 0);
    },
  };
}

function ownerOf(found: unknown): Owner | undefined {
  const row = found as OwnerRow | undefined;
  return (
    row && {
      login: row.login,
      userId: row.removed === 1 ? null : (row.userId ?? undefined),
      restsBecause: row.reason === null ? undefined : (JSON.parse(row.reason) as Owner['restsBecause']),
    }
  );
}
