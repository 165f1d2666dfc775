import type { Request, RequestHandler } from 'express';
import type { OidcConfig } from '../../config/sign-in';
import { requestParams, textParam } from '../../http/request-params';
import type { StoreUrl } from '../../http/store-url';
import type { SessionService } from '../../session/session-service';
import type { Enter } from '../enter';
import type { SignInRejection, RejectSignIn } from '../rejected-sign-ins';
import type { SignInAttempt, SignInAttemptStore } from '../sign-in-attempt-store';
import { areComplete, identityOf, isSubject, type Claims } from './claims';
import { exchangeFailure } from './exchange-failure';
import { CALLBACK } from './oidc-sign-in';
import type { OidcProvider, Provider } from './provider';

export interface OidcCallbackDependencies {
  readonly oidc: OidcConfig;
  readonly provider: OidcProvider;
  readonly attempts: SignInAttemptStore;
  readonly sessions: Pick<SessionService, 'knownBrowserOf'>;
  readonly enter: Enter;
  readonly rejectSignIn: RejectSignIn;
  readonly storeUrl: StoreUrl;
  readonly now: () => number;
}

/** What the provider says of a person. */
interface Answer {
  /** Those of the ID token count, and those of the userinfo endpoint that it does not have. */
  readonly claims: Claims;
  readonly idToken: string | undefined;
}

/**
 * How much earlier than the beginning of an attempt a fresh sign-in may be, in milliseconds. The
 * clocks of two servers differ.
 */
const CLOCKS_DIFFER_MS = 30_000;

/** Returns the handler of the redirect URI, to which the provider sends the browser back. */
export function oidcCallback(dependencies: OidcCallbackDependencies): RequestHandler {
  const { oidc, provider, attempts, sessions, enter, rejectSignIn, storeUrl, now } = dependencies;

  return async (request, response) => {
    const rejected = (rejection: Omit<SignInRejection, 'way'>) =>
      rejectSignIn(request, { way: 'oidc', ...rejection });

    // Before anything else: is this the browser that began the sign-in? Otherwise a person could be
    // signed in as someone else (RFC 6749, section 10.12).
    const state = textParam(requestParams(request), 'state');
    const browser = sessions.knownBrowserOf(request);
    const found =
      state === undefined ? undefined : await attempts.find({ way: 'oidc', state, browser }, now());
    if (state === undefined || !found) throw await rejected({ reason: 'expired' });
    if (!found.isOwn) throw await rejected({ reason: 'other_browser' });
    const { attempt } = found;
    const { returnTo, isFresh } = attempt;
    const next = { returnTo, isFresh };
    if (!(await attempts.end(state))) throw await rejected({ reason: 'expired', ...next });

    const answer = await provider((one) => exchange(one, request, state, attempt)).catch(
      async (error: unknown) => {
        throw await rejected({ ...exchangeFailure(error), ...next });
      },
    );

    const { claims, idToken } = answer;
    const identity = identityOf(claims, oidc);
    if (!identity) throw await rejected({ reason: 'bad_proof', ...next, because: 'the form of sub' });
    const provedAt = isFresh ? provedAtOf(claims, attempt) : undefined;
    if (isFresh && provedAt === undefined)
      throw await rejected({ reason: 'not_fresh', ...next, because: 'auth_time is missing or old' });

    await enter({
      request,
      response,
      identity,
      returnTo,
      session: {
        ...(isSubject(claims['sid']) ? { providerSession: claims['sid'] } : {}),
        ...(idToken === undefined ? {} : { idToken }),
        ...(provedAt === undefined ? {} : { provedAt }),
      },
    });
  };

  /**
   * Exchanges the code for what the provider says of the person. Checks `iss` (RFC 9207), which
   * prevents mix-up, and the ID token: signature, issuer, audience, times and nonce.
   */
  async function exchange(
    { client, configuration }: Provider,
    request: Request,
    state: string,
    { nonce, codeVerifier }: SignInAttempt,
  ): Promise<Answer> {
    // The address that the provider knows. A proxy in front may have removed the path of STORE_URL.
    const url = new URL(storeUrl.href + CALLBACK);
    url.search = request.originalUrl.replace(/^[^?]*/, '');
    const tokens = await client.authorizationCodeGrant(configuration, url, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: codeVerifier,
      idTokenExpected: true,
    });
    const claims: Claims = { ...tokens.claims() };
    const hasMore = configuration.serverMetadata().userinfo_endpoint !== undefined;
    if (areComplete(claims, oidc) || !hasMore) return { claims, idToken: tokens.id_token };
    // Many providers put only a few claims into the ID token (Core, section 5.4).
    const more = await client.fetchUserInfo(configuration, tokens.access_token, String(claims['sub']));
    return { claims: { ...more, ...claims }, idToken: tokens.id_token };
  }

  /** Returns when the person proved who they are, if that was for this attempt. */
  function provedAtOf({ auth_time: at }: Claims, { begunAt }: SignInAttempt): number | undefined {
    if (typeof at !== 'number' || at * 1000 < begunAt - CLOCKS_DIFFER_MS) return undefined;
    return Math.min(at * 1000, now());
  }
}
