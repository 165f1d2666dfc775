import { createHash, randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import type { Database } from '../storage/database';

/** One signed-in browser. Times are milliseconds since 1970, UTC. */
export interface SessionRecord {
  /** The hexadecimal SHA-256 of the cookie's value. The table does not contain the value itself. */
  readonly sessionHash: string;
  readonly userId: number;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly address: string;
  readonly userAgent: string;
}

export interface SessionLimits {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

interface Row {
  session_hash: string;
  user_id: number;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  address: string;
  user_agent: string;
}

// A visit is recorded at most this often, so that not every page causes a write.
const NOTE_VISIT_AT_MOST_EVERY_MS = 60_000;
const USER_AGENT_MAX = 400;

/** Returns the hex SHA-256 under which a session is stored. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

export type SessionStore = ReturnType<typeof sessionStore>;

/** Returns the only code that reads and writes the table of sessions. */
export function sessionStore(
  { knex, hot }: Pick<Database, 'knex' | 'hot'>,
  { idleMs, absoluteMs }: SessionLimits,
) {
  const noteVisitEveryMs = Math.min(NOTE_VISIT_AT_MOST_EVERY_MS, idleMs / 10);
  // Columns by name, so that a prepared statement gets no new column when the next version adds
  // one.
  const findLiving = hot.reader<Row>(`
    select session_hash, user_id, created_at, last_seen_at, expires_at, address, user_agent
    from sessions where session_hash = ? and expires_at > ? and last_seen_at > ?`);
  const sessions = (within: Knex = knex) => within<Row>('sessions');
  return {
    /** Opens a session and returns its token: 256 random bits, for the cookie only. */
    async open(
      userId: number,
      visitor: { now: number; address: string; userAgent: string },
      within?: Knex,
    ): Promise<string> {
      const token = randomBytes(32).toString('base64url');
      await sessions(within).insert({
        session_hash: hashToken(token),
        user_id: userId,
        created_at: visitor.now,
        last_seen_at: visitor.now,
        expires_at: visitor.now + absoluteMs,
        address: visitor.address,
        user_agent: visitor.userAgent.slice(0, USER_AGENT_MAX),
      });
      return token;
    },

    /** Returns the valid session of a token, and records the visit. */
    async find(token: string, now: number): Promise<SessionRecord | undefined> {
      const row = await findLiving(hashToken(token), now, now - idleMs);
      if (!row) return undefined;
      if (now - row.last_seen_at > noteVisitEveryMs)
        await sessions().where({ session_hash: row.session_hash }).update({ last_seen_at: now });
      return fromRow(row);
    },

    /** Lists the valid sessions, the last seen first. */
    async listOf(userId: number, now: number): Promise<SessionRecord[]> {
      const rows = await sessions()
        .where({ user_id: userId })
        .andWhere('expires_at', '>', now)
        .andWhere('last_seen_at', '>', now - idleMs)
        .orderBy('last_seen_at', 'desc');
      return rows.map(fromRow);
    },

    async close(sessionHash: string, within?: Knex): Promise<boolean> {
      return (await sessions(within).where({ session_hash: sessionHash }).delete()) === 1;
    },

    async closeOthersOf(userId: number, sessionHash: string, within?: Knex): Promise<number> {
      return sessions(within).where({ user_id: userId }).whereNot({ session_hash: sessionHash }).delete();
    },

    async closeAllOf(userId: number, within?: Knex): Promise<number> {
      return sessions(within).where({ user_id: userId }).delete();
    },

    /**
     * Records that the session's form with this one-time value was sent. Returns `false` if it was
     * sent before.
     */
    async spendForm(sessionHash: string, oneTimeValue: string, within: Knex = knex): Promise<boolean> {
      const form = { form_hash: hashToken(oneTimeValue), session_hash: sessionHash };
      const written = await within('spent_forms')
        .insert(form)
        .onConflict('form_hash')
        .ignore()
        .returning('form_hash');
      return written.length === 1;
    },

    async removeExpired(now: number): Promise<number> {
      return sessions()
        .where('expires_at', '<=', now)
        .orWhere('last_seen_at', '<=', now - idleMs)
        .delete();
    },
  };
}

function fromRow(row: Row): SessionRecord {
  return {
    sessionHash: row.session_hash,
    userId: row.user_id,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    address: row.address,
    userAgent: row.user_agent,
  };
}
