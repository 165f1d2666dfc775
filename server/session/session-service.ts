import { randomBytes } from 'node:crypto';
import type { Request, Response } from 'express';
import type { AuditLog } from '../audit/audit-log';
import type { VisitorOf } from '../http/visitor';
import type { Database } from '../storage/database';
import { isForeignKeyViolation } from '../storage/errors';
import { isManager, type User } from '../users/user';
import type { ProvenUser } from '../users/authentication';
import type { ExternalSubject } from '../users/sign-in-way';
import { clientNetwork } from '../throttle/client-network';
import type { UserService } from '../users/user-service';
import type { Cookies } from './cookies';
import type { FormTokens } from './form-tokens';
import { KNOWN_FOR_MS } from './known-browser';
import type { SameOrigin } from './same-origin';
import type { ExternalSession, ExternalSessionStore } from './external-session-store';
import { hashToken, type SessionStore } from './session-store';
import type { SignInThrottle } from './sign-in-throttle';

export interface SessionDependencies {
  readonly database: Pick<Database, 'transaction'>;
  readonly store: SessionStore;
  readonly externalSessions: Pick<ExternalSessionStore, 'add' | 'find'>;
  readonly users: UserService;
  /** Cookies and tokens that identify a browser and its forms. */
  readonly browsers: {
    readonly cookies: Cookies;
    readonly tokens: FormTokens;
    readonly sameOrigin: SameOrigin;
    readonly mayStay: MayStay;
  };
  readonly throttle: SignInThrottle;
  readonly audit: AuditLog;
  readonly visitorOf: VisitorOf;
  readonly now: () => number;
}

/**
 * Returns whether a session may go on: its way of signing in is one of SIGN_IN, and a header still
 * names the same person with the same role. `external` is unset for a session of a password.
 */
export type MayStay = (request: Request, session: Pick<Session, 'user' | 'external'>) => Promise<boolean>;

/** A signed-in user. The account is the current one, not a copy from the time of sign-in. */
export interface Session {
  readonly sessionHash: string;
  readonly user: User;
  readonly isManager: boolean;
  /** What another system says of the person. Unset after a sign-in with a password of this server. */
  readonly external?: ExternalSession & ExternalSubject;
}

/** `waitMs`: after too many wrong passwords, none is checked for this many milliseconds. */
export type SignInOutcome = 'signed in' | 'wrong' | 'forged' | { readonly waitMs: number };

export type SessionService = ReturnType<typeof sessionService>;

/** Returns the sign-in, the sessions and the sign-out of managers. */
export function sessionService(dependencies: SessionDependencies) {
  const { database, store, externalSessions, users, browsers, throttle, audit, visitorOf, now } =
    dependencies;
  const { cookies, tokens, sameOrigin, mayStay } = browsers;

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
    external?: ExternalSession,
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
      if (external) await externalSessions.add(hashToken(token), external, within);
      const who = { userId: user.userId, login: user.login, address };
      const detail = external ? { way: external.way } : {};
      await audit.record({ event: 'session.signed_in', at: visitor.now, ...who, detail }, within);
      return token;
    });
  }

  function browserOf(request: Request, response: Response): string {
    const known = cookies.read(request, 'sign_in');
    if (known !== undefined) return known;
    const browser = randomBytes(24).toString('base64url');
    cookies.write(request, response, 'sign_in', browser);
    return browser;
  }

  /** Handles an account that was removed while its password was compared. */
  function accountGone(error: unknown): undefined {
    if (!isForeignKeyViolation(error)) throw error;
  }

  return {
    /**
     * Returns the session of this browser, if it is still valid. A disabled account has none. A session
     * that may not go on ends.
     */
    async of(request: Request): Promise<Session | undefined> {
      const token = cookies.read(request, 'session');
      const record = token === undefined ? undefined : await store.find(token, now());
      const user = record && (await users.find(record.userId));
      if (!record || user?.disabledAt !== null) return undefined;
      const external = await externalSessions.find(record.sessionHash);
      if (!(await mayStay(request, external ? { user, external } : { user }))) {
        await store.close(record.sessionHash);
        return undefined;
      }
      const session = { sessionHash: record.sessionHash, user, isManager: isManager(user) };
      return external ? { ...session, external } : session;
    },

    /**
     * Returns the hidden field of a sign-in form. The browser has no session yet, so the value is
     * bound to its own cookie.
     */
    signInToken: (request: Request, response: Response): string =>
      tokens.token('sign-in', browserOf(request, response)),

    /** Returns the secret of this browser before it has a session. It is made if there is none. */
    browserOf,

    /** Returns the same secret, or `undefined` if the browser has none. */
    knownBrowserOf: (request: Request): string | undefined => cookies.read(request, 'sign_in'),

    /**
     * Opens the session of a person whom another system has signed in. Returns `false` if the account was
     * removed or disabled in the meantime.
     */
    async enter(
      request: Request,
      response: Response,
      proven: ProvenUser,
      external: ExternalSession,
    ): Promise<boolean> {
      const { address } = visitorOf(request);
      const token = await openSession(request, proven, address, external).catch(accountGone);
      if (token === undefined) return false;
      cookies.write(request, response, 'session', token);
      return true;
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
      const waitNowMs = await attempt.settle(!proven);
      if (waitNowMs > 0) return { waitMs: waitNowMs };
      if (!proven) return signInFailed(address);
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
