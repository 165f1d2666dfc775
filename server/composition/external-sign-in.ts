import { admitPerson } from '../external-sign-in/admit-person';
import { enter, type Enter } from '../external-sign-in/enter';
import { externalSignIn, type ExternalSignInDependencies } from '../external-sign-in/external-sign-in';
import { refusals, type Refuse } from '../external-sign-in/refusals';
import { signInAttemptStore, type SignInAttemptStore } from '../external-sign-in/sign-in-attempt-store';
import type { SessionService } from '../session/session-service';
import type { Core } from './core';
import { buildOidcSignIn } from './oidc-sign-in';

/** What every way gets besides its part of the configuration. */
export interface Shared {
  readonly attempts: SignInAttemptStore;
  readonly sessions: SessionService;
  readonly enter: Enter;
  readonly refuse: Refuse;
}

/** Builds the ways of signing in with accounts that the store already has. */
export function buildExternalSignIn(core: Core, sessions: SessionService) {
  const { config, database, log, storeUrl, visitorOf, now } = core;
  const { audit, counts } = core.services;
  const attempts = signInAttemptStore(database);
  const refuse = refusals({ audit, counts, log, storeUrl, visitorOf, now });
  const admit = admitPerson(core.services);
  const { ways } = config.signIn;
  const external = externalWays(core, {
    attempts,
    sessions,
    enter: enter({ sessions, admit, refuse, storeUrl, visitorOf }),
    refuse,
  });
  return { attempts, ...externalSignIn({ ways, external, counts, storeUrl, visitorOf, now }) };
}

/** Builds those ways that SIGN_IN lists. */
function externalWays(core: Core, shared: Shared): ExternalSignInDependencies['external'] {
  const { oidc } = core.config.signIn;
  return {
    ...(oidc ? { oidc: buildOidcSignIn(core, oidc, shared) } : {}),
  };
}
