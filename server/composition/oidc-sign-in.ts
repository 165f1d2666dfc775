import type { OidcConfig } from '../config/sign-in';
import type { ExternalSignInWay } from '../external-sign-in/external-way';
import { backchannelLogout } from '../external-sign-in/oidc/backchannel-logout';
import { oidcCallback } from '../external-sign-in/oidc/callback';
import { endProviderSessions } from '../external-sign-in/oidc/end-provider-sessions';
import { logoutTokenCheck } from '../external-sign-in/oidc/logout-token';
import { oidcSignIn } from '../external-sign-in/oidc/oidc-sign-in';
import { oidcProvider } from '../external-sign-in/oidc/provider';
import { providerFetch } from '../external-sign-in/provider-fetch';
import type { Core } from './core';
import type { SignInShared } from './sign-in-shared';

/** Builds sign-in with OpenID Connect. */
export function buildOidcSignIn(core: Core, oidc: OidcConfig, shared: SignInShared): ExternalSignInWay {
  const { database, log, storeUrl, visitorOf, callbackContext, now, services } = core;
  const { attempts, sessions, enter, rejectSignIn } = shared;
  const { audit, users, externalUsers, sessionRecords, externalSessions } = services;
  const requests = providerFetch(callbackContext);
  const provider = oidcProvider({ oidc, requests });
  const { issuer, clientId } = oidc;
  return oidcSignIn({
    oidc,
    provider,
    attempts,
    sessions,
    rejectSignIn,
    answers: {
      callback: oidcCallback({ oidc, provider, attempts, sessions, enter, rejectSignIn, storeUrl, now }),
      backchannelLogout: backchannelLogout({
        provider,
        check: logoutTokenCheck({ clientId, fetch: requests.fetch, now }),
        end: endProviderSessions({
          database,
          issuer,
          attempts,
          sessionRecords,
          externalSessions,
          accounts: { externalUsers, users },
          audit,
          now,
        }),
        log,
        visitorOf,
      }),
    },
    storeUrl,
    now,
  });
}
