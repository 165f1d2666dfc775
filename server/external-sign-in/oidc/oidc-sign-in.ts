import { Router, type RequestHandler } from 'express';
import type { OidcConfig } from '../../config/sign-in';
import { redirect } from '../../http/redirect';
import type { StoreUrl } from '../../http/store-url';
import type { SessionService } from '../../session/session-service';
import type { ExternalSignInWay } from '../external-way';
import type { RejectSignIn } from '../rejected-sign-ins';
import type { SignInAttemptStore } from '../sign-in-attempt-store';
import { exchangeFailure } from './exchange-failure';
import type { OidcProvider } from './provider';

export interface OidcSignInDependencies {
  readonly oidc: OidcConfig;
  readonly provider: OidcProvider;
  readonly attempts: SignInAttemptStore;
  readonly sessions: Pick<SessionService, 'browserOf'>;
  readonly rejectSignIn: RejectSignIn;
  /** What the provider sends the browser to, and what it calls itself. */
  readonly answers: {
    readonly callback: RequestHandler;
    readonly backchannelLogout: readonly RequestHandler[];
  };
  readonly storeUrl: StoreUrl;
  readonly now: () => number;
}

/** Where the provider sends the browser back to. */
export const CALLBACK = '/wc-auth/v1/oidc/callback';
/** What the provider calls when a person signed out there. */
export const BACKCHANNEL_LOGOUT = '/wc-auth/v1/oidc/backchannel-logout';

/** Returns sign-in with OpenID Connect: authorization code, with PKCE, state and nonce. */
export function oidcSignIn(dependencies: OidcSignInDependencies): ExternalSignInWay {
  const { oidc, provider, attempts, sessions, rejectSignIn, answers, storeUrl, now } = dependencies;
  const router = Router();
  router.get(CALLBACK, answers.callback);
  router.post(BACKCHANNEL_LOGOUT, ...answers.backchannelLogout);

  return {
    router,
    ...(oidc.button === undefined ? {} : { label: oidc.button }),

    async begin({ request, response, returnTo, isFresh }) {
      const failed = async (error: unknown) => {
        const { because } = exchangeFailure(error);
        throw await rejectSignIn(request, { way: 'oidc', reason: 'unavailable', returnTo, isFresh, because });
      };
      // Before anything is stored: a provider out of reach leaves no attempt behind.
      await provider(() => undefined).catch(failed);
      const browser = sessions.browserOf(request, response);
      const attempt = { way: 'oidc', returnTo, isFresh } as const;
      // Not within `provider`: an error of the database is not one of the provider, and its text has
      // the values of the statement.
      const { state, nonce, codeVerifier } = await attempts.open(attempt, browser, now());
      const href = await provider(async ({ client, configuration }) => {
        const { href } = client.buildAuthorizationUrl(configuration, {
          redirect_uri: storeUrl.href + CALLBACK,
          scope: oidc.scopes,
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
          // Both, because some providers know only one of them.
          ...(isFresh ? { prompt: 'login', max_age: '0' } : {}),
        });
        return href;
      }).catch(failed);
      redirect(response, href);
    },

    /** Returns the provider's sign-out (OpenID Connect RP-Initiated Logout 1.0), if it has one. */
    signOutHref: ({ idToken }) =>
      provider(({ client, configuration }) => {
        if (configuration.serverMetadata().end_session_endpoint === undefined) return undefined;
        return client.buildEndSessionUrl(configuration, {
          post_logout_redirect_uri: `${storeUrl.href}/login?logged_out=1`,
          ...(idToken === undefined ? {} : { id_token_hint: idToken }),
        }).href;
        // The session here has ended. Without the provider, that is all that can be done.
      }).catch(() => undefined),
  };
}
