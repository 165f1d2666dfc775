import { Router, type Request, type Response } from 'express';
import { rawPairs, topLevelName } from '../../http/php-params';
import { redirect } from '../../http/redirect';
import { formParams, readForm, requestParams, textParam } from '../../http/request-params';
import type { StoreUrl } from '../../http/store-url';
import type { SessionService } from '../../session/session-service';
import type { Database } from '../../storage/database';
import type { Enter } from '../enter';
import type { ExternalSignInWay } from '../external-way';
import type { Identity } from '../identity';
import type { SignInRejection, RejectSignIn } from '../rejected-sign-ins';
import type { SignInAttemptStore } from '../sign-in-attempt-store';
import type { CheckHandoverToken } from './handover-token';

export interface HandoverWayDependencies {
  /** SIGN_IN_URL. */
  readonly signInUrl: string;
  readonly check: CheckHandoverToken;
  readonly attempts: SignInAttemptStore;
  readonly sessions: Pick<SessionService, 'browserOf' | 'knownBrowserOf'>;
  readonly flow: { readonly enter: Enter; readonly rejectSignIn: RejectSignIn };
  readonly database: Pick<Database, 'transaction'>;
  readonly storeUrl: StoreUrl;
  readonly now: () => number;
}

/** Where the back end posts its token, and the one-time step after it. */
export const HANDOVER = '/wc-auth/v1/handover';
const CLOCK_SKEW_MS = 5_000;

/**
 * Returns the sign-in that the store's own back end does.
 *
 * The back end posts a token through the browser. A browser sends no `SameSite=Lax` cookie with a post
 * from another site, so the post opens no session. It notes who was handed over, and leads to a step on
 * this server, which only the browser that began the sign-in can take.
 */
export function handoverWay(dependencies: HandoverWayDependencies): ExternalSignInWay {
  const { signInUrl, check, attempts, sessions, flow, database, storeUrl, now } = dependencies;
  const rejectSignIn = (request: Request, rejection: Omit<SignInRejection, 'way'>) =>
    flow.rejectSignIn(request, { way: 'handover', ...rejection });

  async function takeToken(request: Request, response: Response): Promise<void> {
    const token = tokenIn(request);
    if (token === undefined)
      throw await rejectSignIn(request, {
        reason: 'bad_proof',
        because: 'the form does not have one field token',
      });
    const person = await check(token);
    if ('rejected' in person) {
      const { rejected: reason, because } = person;
      throw await rejectSignIn(request, { reason, because });
    }
    const { identity, state, jti, expiresAt, authTime } = person;
    const found = await attempts.find({ way: 'handover', state }, now());
    if (!found) throw await rejectSignIn(request, { reason: 'expired', because: 'claim nonce' });
    const { returnTo, isFresh, begunAt } = found.attempt;
    if (isFresh && authTime !== undefined && authTime < begunAt - CLOCK_SKEW_MS)
      throw await rejectSignIn(request, {
        reason: 'not_fresh',
        returnTo,
        isFresh,
        because: 'claim auth_time',
      });
    const step = await database.transaction(async (within) => {
      if (!(await attempts.useToken(JSON.stringify(['handover', jti]), expiresAt, within))) return 'reused';
      return { value: await attempts.handOver(state, JSON.stringify(identity), now(), within) };
    });
    if (step === 'reused')
      throw await rejectSignIn(request, { reason: 'reused', returnTo, isFresh, because: 'claim jti' });
    if (step.value === undefined)
      throw await rejectSignIn(request, { reason: 'expired', because: 'claim nonce' });
    redirect(response, `${storeUrl.href}${HANDOVER}?step=${step.value}`, 303);
  }

  async function takeStep(request: Request, response: Response): Promise<void> {
    const step = textParam(requestParams(request), 'step');
    const browser = sessions.knownBrowserOf(request);
    const taken = step === undefined ? undefined : await attempts.takeStep(step, browser, now());
    if (taken === undefined) throw await rejectSignIn(request, { reason: 'expired' });
    if (taken === 'other browser') throw await rejectSignIn(request, { reason: 'other_browser' });
    const { identity, returnTo, isFresh } = taken;
    await flow.enter({
      request,
      response,
      identity: JSON.parse(identity) as Identity,
      returnTo,
      session: isFresh ? { provedAt: now() } : {},
    });
  }

  const router = Router();
  router.post(HANDOVER, readForm, takeToken);
  router.get(HANDOVER, takeStep);
  return {
    router,
    async begin({ request, response, returnTo, isFresh }) {
      const attempt = { way: 'handover', returnTo, isFresh } as const;
      const { state } = await attempts.open(attempt, sessions.browserOf(request, response), now());
      const added = new URLSearchParams({ state, return_to: storeUrl.href + HANDOVER });
      if (isFresh) added.set('prompt', 'login');
      redirect(response, withQuery(signInUrl, added));
    },
  };
}

/** Returns the address with more parameters. `searchParams` would encode its own ones again. */
function withQuery(address: string, added: URLSearchParams): string {
  const url = new URL(address);
  url.search = url.search === '' ? added.toString() : `${url.search}&${added.toString()}`;
  return url.href;
}

/** Returns the token of the form. Two of them could mean two people. */
function tokenIn(request: Request): string | undefined {
  const form = Buffer.isBuffer(request.body) ? request.body.toString('latin1') : '';
  const isAlone = rawPairs(form).filter(([name]) => topLevelName(name) === 'token').length === 1;
  return isAlone ? textParam(formParams(request), 'token') : undefined;
}
