import type { Request, Response } from 'express';
import type { AuthProxyConfig } from '../../config/sign-in';
import { redirect } from '../../http/redirect';
import type { SessionService } from '../../session/session-service';
import type { Enter } from '../enter';
import type { Beginning, ExternalSignInWay } from '../external-way';
import type { RejectSignIn } from '../rejected-sign-ins';
import type { SignInAttemptStore } from '../sign-in-attempt-store';
import type { ProxyIdentity, ProxyPerson } from './proxy-identity';

export interface ProxyWayDependencies {
  readonly config: Pick<AuthProxyConfig, 'logoutUrl' | 'jwt'>;
  readonly identify: ProxyIdentity;
  readonly attempts: Pick<SignInAttemptStore, 'open' | 'takeNewest'>;
  readonly sessions: Pick<SessionService, 'of' | 'signOut' | 'browserOf' | 'knownBrowserOf' | 'sameOrigin'>;
  readonly enter: Enter;
  readonly rejectSignIn: RejectSignIn;
  readonly now: () => number;
}

/** How old a fresh sign-in at the proxy may be. */
const FRESH_MS = 5 * 60_000;
const CLOCK_SKEW_MS = 5_000;
const WAY = 'proxy';

/**
 * Returns the sign-in with a header of a trusted proxy. It takes one step, because the proxy has signed
 * the person in before.
 *
 * A fresh sign-in leads through AUTH_PROXY_LOGOUT_URL. There is no way back with a `state`: the browser
 * continues its attempt when it signs in again.
 */
export function proxyWay(dependencies: ProxyWayDependencies): ExternalSignInWay {
  const { config, identify, attempts, sessions, enter, rejectSignIn, now } = dependencies;
  const { logoutUrl } = config;

  async function beginFresh({ request, response, returnTo }: Beginning): Promise<void> {
    if (logoutUrl === undefined)
      throw await rejectSignIn(request, { way: WAY, reason: 'no_fresh_way', returnTo });
    // A link on another site must not sign anyone out.
    if (!sessions.sameOrigin(request))
      throw await rejectSignIn(request, {
        way: WAY,
        reason: 'expired',
        returnTo,
        because: 'a link of another site',
      });
    await attempts.open({ way: WAY, returnTo, isFresh: true }, sessions.browserOf(request, response), now());
    await endSession(request, response);
    redirect(response, logoutUrl);
  }

  async function endSession(request: Request, response: Response): Promise<void> {
    const session = await sessions.of(request);
    if (session) await sessions.signOut(request, response, session, false);
  }

  /** Returns when the person signed in because of this attempt, or `undefined` if they did not. */
  function provedAt({ signedInAt }: ProxyPerson, begunAt: number): number | undefined {
    if (!config.jwt) return now();
    const at = signedInAt ?? -Infinity;
    return at >= Math.max(now() - FRESH_MS, begunAt - CLOCK_SKEW_MS) ? Math.min(at, now()) : undefined;
  }

  return {
    async begin(beginning) {
      if (beginning.isFresh) return beginFresh(beginning);
      const { request, response } = beginning;
      const person = await identify(request);
      if ('rejected' in person) {
        const { rejected: reason, because } = person;
        throw await rejectSignIn(request, { way: WAY, reason, because, returnTo: beginning.returnTo });
      }
      const { identity } = person;
      const browser = sessions.knownBrowserOf(request);
      const attempt = browser === undefined ? undefined : await attempts.takeNewest(WAY, browser, now());
      if (!attempt) return enter({ request, response, identity, returnTo: beginning.returnTo, session: {} });
      const { returnTo } = attempt;
      const proved = provedAt(person, attempt.begunAt);
      if (proved === undefined)
        throw await rejectSignIn(request, { way: WAY, reason: 'not_fresh', returnTo });
      await enter({ request, response, identity, returnTo, session: { provedAt: proved } });
    },
    ...(logoutUrl === undefined ? {} : { signOutHref: () => Promise.resolve(logoutUrl) }),
  };
}
