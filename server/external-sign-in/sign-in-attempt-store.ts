import { randomBytes } from 'node:crypto';
import type { Knex } from 'knex';
import { hashToken } from '../session/session-store';
import type { Database } from '../storage/database';
import type { ExternalWay } from '../users/sign-in-way';

/** A sign-in that began here and goes on in another system. */
export interface SignInAttempt {
  readonly way: ExternalWay;
  /** A path of this server, byte for byte as the browser gets it back. */
  readonly returnTo: string;
  /** For the ID token: the claim `nonce`. */
  readonly nonce: string;
  /** PKCE (RFC 7636). */
  readonly codeVerifier: string;
  /** Whether the person has to prove again who they are, before a sensitive action. */
  readonly isFresh: boolean;
  /** Milliseconds since 1970, UTC. */
  readonly begunAt: number;
}

/** An attempt after a hand-over, before the browser that began it has confirmed it. */
export interface HandedOver extends SignInAttempt {
  /** As JSON. */
  readonly identity: string;
}

interface Row {
  state_hash: string;
  browser_hash: string;
  way: ExternalWay;
  return_to: string;
  nonce: string;
  code_verifier: string;
  is_fresh: number;
  step_hash: string | null;
  identity: string | null;
  begun_at: number;
  expires_at: number;
}

/** How long a person may take to sign in elsewhere. */
const ATTEMPT_MS = 15 * 60_000;
/** How long the browser may take to follow one redirect. */
const STEP_MS = 60_000;

const randomText = (): string => randomBytes(32).toString('base64url');

export type SignInAttemptStore = ReturnType<typeof signInAttemptStore>;

/** Returns the only code that reads and writes attempts and used tokens. */
export function signInAttemptStore({ knex }: Pick<Database, 'knex'>) {
  const attempts = (within: Knex = knex) => within<Row>('sign_in_attempts');

  return {
    /**
     * Opens an attempt.
     *
     * @param browser the cookie of the browser that begins it. Only this browser can end it.
     * @returns `state`: 256 random bits that are in no table.
     */
    async open(
      attempt: Pick<SignInAttempt, 'way' | 'returnTo' | 'isFresh'>,
      browser: string,
      now: number,
    ): Promise<{ state: string; nonce: string; codeVerifier: string }> {
      const secrets = { state: randomText(), nonce: randomText(), codeVerifier: randomText() };
      await attempts().insert({
        state_hash: hashToken(secrets.state),
        browser_hash: hashToken(browser),
        way: attempt.way,
        return_to: attempt.returnTo,
        nonce: secrets.nonce,
        code_verifier: secrets.codeVerifier,
        is_fresh: attempt.isFresh ? 1 : 0,
        begun_at: now,
        expires_at: now + ATTEMPT_MS,
      });
      return secrets;
    },

    /** Returns an attempt that is under way, and whether this browser began it. It stays open. */
    async find(
      { way, state, browser }: { way: ExternalWay; state: string; browser?: string | undefined },
      now: number,
    ): Promise<{ attempt: SignInAttempt; isOwn: boolean } | undefined> {
      const row = await attempts()
        .where({ way, state_hash: hashToken(state) })
        .andWhere('expires_at', '>', now)
        .first();
      return row && { attempt: attemptOf(row), isOwn: isBrowser(row, browser) };
    },

    /** Ends an attempt. Returns `false` if it had ended before, so it counts once. */
    async end(state: string): Promise<boolean> {
      return (
        (await attempts()
          .where({ state_hash: hashToken(state) })
          .delete()) === 1
      );
    },

    /**
     * Ends all attempts of a browser in a way that has no state, and returns the newest, so it counts
     * once.
     */
    async takeNewest(way: ExternalWay, browser: string, now: number): Promise<SignInAttempt | undefined> {
      const own = { way, browser_hash: hashToken(browser) };
      const newest = await attempts()
        .where(own)
        .andWhere('expires_at', '>', now)
        .orderBy('begun_at', 'desc')
        .first();
      if (!newest) return undefined;
      const ended = await attempts().where({ state_hash: newest.state_hash }).delete();
      await attempts().where(own).delete();
      return ended === 1 ? attemptOf(newest) : undefined;
    },

    /**
     * Keeps who was handed over, until the browser that began the attempt takes the next step.
     *
     * @returns the value that names this step, or `undefined` if the attempt is over or has a step.
     */
    async handOver(state: string, identity: string, now: number, within: Knex): Promise<string | undefined> {
      const step = randomText();
      const changed = await attempts(within)
        .where({ way: 'handover', state_hash: hashToken(state) })
        .andWhere('expires_at', '>', now)
        .whereNull('step_hash')
        .update({ step_hash: hashToken(step), identity, expires_at: now + STEP_MS });
      return changed === 1 ? step : undefined;
    },

    /**
     * Ends an attempt by its step. A browser that did not begin it ends nothing.
     *
     * @returns the attempt; `other browser`; or `undefined` if there is no such step any more.
     */
    async takeStep(
      step: string,
      browser: string | undefined,
      now: number,
    ): Promise<HandedOver | 'other browser' | undefined> {
      const where = { step_hash: hashToken(step) };
      const row = await attempts().where(where).andWhere('expires_at', '>', now).first();
      if (row?.identity == null) return undefined;
      if (!isBrowser(row, browser)) return 'other browser';
      if ((await attempts().where(where).delete()) !== 1) return undefined;
      return { ...attemptOf(row), identity: row.identity };
    },

    /**
     * Notes that a token was used. Returns `false` if it was used before.
     *
     * @param token what identifies it: its issuer and `jti`.
     */
    async useToken(token: string, expiresAt: number, within: Knex = knex): Promise<boolean> {
      const written = await within('used_tokens')
        .insert({ token_hash: hashToken(token), expires_at: expiresAt })
        .onConflict('token_hash')
        .ignore()
        .returning('token_hash');
      return written.length === 1;
    },

    async removeExpired(now: number): Promise<void> {
      await attempts().where('expires_at', '<=', now).delete();
      await knex('used_tokens').where('expires_at', '<=', now).delete();
    },
  };
}

const isBrowser = (row: Row, browser: string | undefined): boolean =>
  browser !== undefined && row.browser_hash === hashToken(browser);

function attemptOf(row: Row): SignInAttempt {
  return {
    way: row.way,
    returnTo: row.return_to,
    nonce: row.nonce,
    codeVerifier: row.code_verifier,
    isFresh: row.is_fresh === 1,
    begunAt: row.begun_at,
  };
}
