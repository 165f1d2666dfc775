import { consoleRoutes } from '../console/console-routes';
import { grantRoutes } from '../grant/grant-routes';
import type { Messages } from '../pages/messages';
import { callerReader } from '../revocation/caller';
import { revocationRoutes } from '../revocation/revocation-routes';
import { revoke } from '../revocation/revoke';
import type { SiteFeatures } from '../routes';
import type { SessionService } from '../session/session-service';
import { sessionRoutes } from '../session/session-routes';
import type { Core } from './core';
import type { buildGrants } from './grants';
import type { buildPages } from './pages';
import type { buildVerification } from './verification';

export interface SiteFeatureDependencies {
  readonly core: Core;
  readonly messages: Messages;
  readonly sessions: SessionService;
  readonly verification: ReturnType<typeof buildVerification>;
  readonly granting: ReturnType<typeof buildGrants>;
  readonly views: ReturnType<typeof buildPages>;
}

/** Builds the router of each feature that Express serves. */
export function buildSiteFeatures(dependencies: SiteFeatureDependencies): SiteFeatures {
  const { core, messages, sessions, verification, granting, views } = dependencies;
  const { config, storeUrl, visitorOf, reportFailure, helpUrlOf, now, services } = core;
  const { users, consumerKeys, keyList, appList, keyAdministration, revocation } = services;
  const { userAdministration, sessionRecords, counts, audit } = services;
  const { pages, consolePages, securityHeaders } = views;
  const caller = callerReader({ keys: verification.keys, consumerKeys, visitorOf });
  return {
    revocation: revocationRoutes({
      revoke: revoke({ caller, revocation, consumerKeys, sessions, users, visitorOf }),
      storeUrl,
      reportFailure,
      helpUrlOf,
    }),
    assets: views.assets,
    session: sessionRoutes({ sessions, users, pages, messages, storeUrl }),
    console: consoleRoutes({
      view: { pages: consolePages, messages },
      keys: { consumerKeys, keyList, appList, keyAdministration, revocation },
      accounts: { users, userAdministration, sessions, sessionRecords },
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
      pages,
      messages,
      securityHeaders,
      storeUrl,
      visitorOf,
    }),
  };
}
