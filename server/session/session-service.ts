import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { AuditLog } from '../audit/audit-log';
import type { VisitorOf } from '../http/visitor';
import type { Database } from '../storage/database';
import { isForeignKeyViolation } from '../storage/errors';
import { isManager, type User } from '../users/user';
import type { ProvenUser } from '../users/authentication';
import { clientNetwork } from '../throttle/client-network';
import type { UserService } from '../users/user-service';
import type { Cookies } from './cookies';
import type { FormTokens } from './form-tokens';
import { KNOWN_FOR_MS } from './known-browser';
import type { SameOrigin } from './same-origin';
import { hashToken, type SessionStore } from './session-store';
import type { SignInThrottle } from './sign-in-throttle';

export interface SessionDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: SessionStore;
  readonly users: UserService;
  /** Cookies and tokens that identify a browser and its forms. */
  readonly browsers: {
    readonly cookies: Cookies;
    readonly tokens: FormTokens;
    readonly sameOrigin: SameOrigin;
  };
  readonly throttle: SignInThrottle;
  readonly audit: AuditLog;
  readonly visitorOf: VisitorOf;
  readonly now: () => number;
}

/** A signed-in user. The account is the current one, not a copy from the time of sign-in. */
export interface Session {
  readonly sessionHash: string;
  readonly user: User;
  readonly isManager: boolean;
}

/** `waitMs`: after too many wrong passwords, none is checked for this many milliseconds. */
export type SignInOutcome = 'signed in' | 'wrong' | 'forged' | { readonly waitMs: number };

export type SessionService = ReturnType<typeof sessionService>;

/** Returns the sign-in, the sessions and the sign-out of managers. */
export function sessionService(dependencies: SessionDependencies) {
  const { database, store, users, browsers, throttle, audit, visitorOf, now } = dependencies;
  const { cookies, tokens, sameOrigin } = browsers;

  async function signInFailed(address: string): Promise<SignInOutcome> {
    await audit.record({ event: 'session.sign_in_failed', at: now(), address });
    return 'wrong';
  }

  /**
   * Opens a session in one transaction. Returns `undefined` if the proven password was changed in
   * the meantime.
   */
  function openSession(
    request: Request,
    { user, stillHolds }: ProvenUser,
    address: string,
  ): Promise<string | undefined> {
    const before = cookies.read(request, 'session');
    const visitor = { now: now(), address, userAgent: request.headers['user-agent'] ?? '' };
    return database.transaction(async (within) => {
      const token = await store.open(user.userId, visitor, within);
      // Checking a password takes time. A change of the password in the meantime ended all sessions
      // but this new one. From here on, no change can come in between, because transactions are
      // serializable.
      if (!(await stillHolds(within))) {
        await store.close(hashToken(token), within);
        return undefined;
      }
      if (before !== undefined) await store.close(hashToken(before), within);
      const who = { userId: user.userId, login: user.login, address };
      await audit.record({ event: 'session.signed_in', at: visitor.now, ...who }, within);
      return token;
    });
  }

  /** Handles an account that was removed while its password was compared. */
  function accountGone(error: unknown): undefined {
    if (!isForeignKeyViolation(error)) throw error;
  }

  return {
    /** Returns the session of this browser, if it is still valid. A disabled account has none. */
    async of(request: Request): Promise<Session | undefined> {
      const token = cookies.read(request, 'session');
      const record = token === undefined ? undefined : await store.find(token, now());
      const user = record && (await users.find(record.userId));
      if (!record || user?.disabledAt !== null) return undefined;
      return { sessionHash: record.sessionHash, user, isManager: isManager(user) };
    },

    /**
     * Returns the hidden field of a sign-in form. The browser has no session yet, so the value is
     * bound to its own cookie.
     */
    signInToken(request: Request, response: Response): string {
      let browser = cookies.read(request, 'sign_in');
      if (browser === undefined) {
        browser = randomBytes(24).toString('base64url');
        cookies.write(request, response, 'sign_in', browser);
      }
      return tokens.token('sign-in', browser);
    },

    /**
     * Signs in. A previous session of the browser ends, and the id is always new, which prevents
     * session fixation.
     */
    async signIn(
      request: Request,
      response: Response,
      form: { loginOrEmail: string; password: string; token: string | undefined },
    ): Promise<SignInOutcome> {
      const browser = cookies.read(request, 'sign_in');
      if (browser === undefined || !sameOrigin(request) || !tokens.matches('sign-in', browser, form.token))
        return 'forged';
      const { address } = visitorOf(request);
      const attempt = await throttle({
        name: form.loginOrEmail,
        address,
        browser: cookies.read(request, 'known_browser'),
      });
      const waitMs = await attempt.waitMs();
      if (waitMs > 0) return { waitMs };
      const proven = await users.authenticate(form.loginOrEmail, form.password, clientNetwork(address));
      // Many parallel guesses pass the first check before any of them is counted. Those over the
      // limit learn nothing here.
      const waitNowMs = await attempt.waitMs();
      if (waitNowMs > 0) return { waitMs: waitNowMs };
      if (!proven) {
        await attempt.failed();
        return signInFailed(address);
      }
      const token = await openSession(request, proven, address).catch(accountGone);
      if (token === undefined) return signInFailed(address);
      cookies.write(request, response, 'session', token);
      cookies.clear(request, response, 'sign_in');
      cookies.write(request, response, 'known_browser', await attempt.succeeded(proven.user), KNOWN_FOR_MS);
      return 'signed in';
    },

    logoutToken: (session: Session): string => tokens.token('log-out', session.sessionHash),

    /** Returns whether a sign-out form belongs to this session. */
    mayLogOut: (request: Request, session: Session, token: string | undefined): boolean =>
      sameOrigin(request) && tokens.matches('log-out', session.sessionHash, token),

    /** Returns the value that every form of this session's console pages carries. */
    consoleToken: (session: Session): string => tokens.token('console', session.sessionHash),

    /** Returns whether a request that changes something comes from a page of this session. */
    mayChange: (request: Request, session: Session, token: string | undefined): boolean =>
      sameOrigin(request) && tokens.matches('console', session.sessionHash, token),

    /**
     * Returns a value for a form that can be sent only once. The code that accepts the form has to
     * record the value as spent.
     */
    oneTimeValue(session: Session): string {
      const value = randomBytes(16).toString('base64url');
      return `${value}.${tokens.token('once', `${session.sessionHash}:${value}`)}`;
    },

    isOneTimeValue(session: Session, presented: string): boolean {
      const [value = '', token, ...further] = presented.split('.');
      return further.length === 0 && tokens.matches('once', `${session.sessionHash}:${value}`, token);
    },

    async signOut(
      request: Request,
      response: Response,
      session: Session,
      everywhere: boolean,
    ): Promise<void> {
      const { user, sessionHash } = session;
      if (everywhere) await store.closeAllOf(user.userId);
      else await store.close(sessionHash);
      const { address } = visitorOf(request);
      const detail = { everywhere };
      const who = { userId: user.userId, login: user.login, address };
      await audit.record({ event: 'session.signed_out', at: now(), ...who, detail });
      cookies.clear(request, response, 'session');
    },

    /** Ends the session of another browser of the same user. */
    async signOutOther(request: Request, { user }: Session, sessionHash: string): Promise<void> {
      if (!(await store.close(sessionHash))) return;
      const who = { userId: user.userId, login: user.login, address: visitorOf(request).address };
      await audit.record({ event: 'session.signed_out', at: now(), ...who, detail: { another: true } });
    },

    sameOrigin,
  };
}
