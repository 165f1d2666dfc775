import { consoleRoutes } from '../console/console-routes';
import { grantRoutes } from '../grant/grant-routes';
import type { Messages } from '../pages/messages';
import { callerReader } from '../revocation/caller';
import { revocationRoutes } from '../revocation/revocation-routes';
import { revoke } from '../revocation/revoke';
import type { SiteFeatures } from '../routes';
import type { SessionService } from '../session/session-service';
import { sessionRoutes } from '../session/session-routes';
import { signInForm } from '../session/sign-in-form';
import type { Core } from './core';
import type { buildExternalSignIn } from './external-sign-in';
import type { buildGrants } from './grants';
import type { buildPages } from './pages';
import type { buildVerification } from './verification';

export interface SiteFeatureDependencies {
  readonly core: Core;
  readonly messages: Messages;
  readonly sessions: SessionService;
  readonly signIn: ReturnType<typeof buildExternalSignIn>;
  readonly verification: ReturnType<typeof buildVerification>;
  readonly granting: ReturnType<typeof buildGrants>;
  readonly views: ReturnType<typeof buildPages>;
}

/** Builds the router of each feature that Express serves. */
export function buildSiteFeatures(dependencies: SiteFeatureDependencies): SiteFeatures {
  const { core, messages, sessions, signIn, verification, granting, views } = dependencies;
  const { config, storeUrl, visitorOf, reportFailure, helpUrlOf, now, services } = core;
  const { users, externalUsers, consumerKeys, keyList, appList, keyAdministration, revocation } = services;
  const { userAdministration, sessionRecords, counts, audit } = services;
  const { pages, consolePages, securityHeaders } = views;
  const { choices } = signIn;
  const form = signInForm({ sessions, choices, pages, messages });
  const caller = callerReader({ keys: verification.keys, consumerKeys, visitorOf });
  return {
    revocation: revocationRoutes({
      revoke: revoke({
        caller,
        revocation,
        consumerKeys,
        sessions,
        users,
        visitorOf,
        expired: verification.expired,
        now,
      }),
      storeUrl,
      reportFailure,
      helpUrlOf,
    }),
    assets: views.assets,
    externalSignIn: signIn.router,
    session: sessionRoutes({ sessions, choices, form, users, pages, messages, storeUrl }),
    console: consoleRoutes({
      view: { pages: consolePages, messages },
      keys: {
        consumerKeys,
        keyList,
        appList,
        keyAdministration,
        revocation,
        lifetimes: config.keyLifetimes,
      },
      accounts: { users, externalUsers, userAdministration, sessions, sessionRecords },
      passwordLimits: { counts, signInLimits: config.signInLimits },
      audit,
      storeUrl,
      visitorOf,
      now,
    }),
    grant: grantRoutes({
      grants: granting.grants,
      addressRules: granting.addressRules,
      sessions,
      form,
      view: { pages, messages, securityHeaders },
      storeUrl,
      visitorOf,
      keyLifetimes: { lifetimes: config.keyLifetimes, now },
    }),
  };
}
