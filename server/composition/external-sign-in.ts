import { admitPerson } from '../external-sign-in/admit-person';
import { enter } from '../external-sign-in/enter';
import { externalSignIn, type ExternalSignInDependencies } from '../external-sign-in/external-sign-in';
import { handoverTokenCheck } from '../external-sign-in/handover/handover-token';
import { handoverWay } from '../external-sign-in/handover/handover-way';
import { proxyIdentity, type ProxyIdentity } from '../external-sign-in/proxy/proxy-identity';
import { proxyWay } from '../external-sign-in/proxy/proxy-way';
import { providerFetch } from '../external-sign-in/provider-fetch';
import { rejectedSignIns, type RejectSignIn } from '../external-sign-in/rejected-sign-ins';
import { signInAttemptStore } from '../external-sign-in/sign-in-attempt-store';
import type { SessionService } from '../session/session-service';
import type { Core } from './core';
import { buildOidcSignIn } from './oidc-sign-in';
import type { SignInShared } from './sign-in-shared';

/** What sign-in and every request of a session share. */
export interface SignInChecks {
  readonly rejectSignIn: RejectSignIn;
  /** Unset if SIGN_IN does not list `proxy`. */
  readonly identify: ProxyIdentity | undefined;
}

export function buildSignInChecks(core: Core): SignInChecks {
  const { config, log, storeUrl, visitorOf, callbackContext, now } = core;
  const { audit, counts } = core.services;
  const { proxy } = config.signIn;
  return {
    rejectSignIn: rejectedSignIns({ audit, counts, log, storeUrl, visitorOf, now }),
    identify:
      proxy && proxyIdentity({ config: proxy, visitorOf, requests: providerFetch(callbackContext), now }),
  };
}

/** Builds the ways of signing in with accounts that the store already has. */
export function buildExternalSignIn(core: Core, sessions: SessionService, checks: SignInChecks) {
  const { config, database, storeUrl, visitorOf, now } = core;
  const { counts } = core.services;
  const { rejectSignIn } = checks;
  const attempts = signInAttemptStore(database);
  const admit = admitPerson(core.services);
  const { ways } = config.signIn;
  const external = externalWays(core, {
    attempts,
    sessions,
    enter: enter({ sessions, admit, rejectSignIn, storeUrl, visitorOf }),
    rejectSignIn,
    identify: checks.identify,
  });
  return { attempts, ...externalSignIn({ ways, external, counts, storeUrl, visitorOf, now }) };
}

/** Builds those ways that SIGN_IN lists. */
function externalWays(core: Core, shared: SignInShared): ExternalSignInDependencies['external'] {
  const { oidc, proxy, handover } = core.config.signIn;
  const { database, storeUrl, now } = core;
  const { attempts, sessions, enter, rejectSignIn, identify } = shared;
  return {
    ...(oidc ? { oidc: buildOidcSignIn(core, oidc, shared) } : {}),
    ...(proxy && identify
      ? { proxy: proxyWay({ config: proxy, identify, attempts, sessions, enter, rejectSignIn, now }) }
      : {}),
    ...(handover
      ? {
          handover: handoverWay({
            signInUrl: handover.signInUrl,
            check: handoverTokenCheck({ key: handover.key, audience: storeUrl.href, now }),
            attempts,
            sessions,
            flow: { enter, rejectSignIn },
            database,
            storeUrl,
            now,
          }),
        }
      : {}),
  };
}
