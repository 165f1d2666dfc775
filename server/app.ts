import { historyRetention } from './audit/history-retention';
import { buildCore, type AppDependencies } from './composition/core';
import { buildExternalSignIn, buildSignInChecks } from './composition/external-sign-in';
import { buildGrants } from './composition/grants';
import { buildPages } from './composition/pages';
import { buildProbe } from './composition/probe';
import { buildSessions } from './composition/sessions';
import { buildSite } from './composition/site';
import { buildSiteFeatures } from './composition/site-features';
import { buildVerification } from './composition/verification';
import { errorHandler } from './errors/page';
import { forwardAuth } from './forward-auth/forward-auth';
import { gateway } from './gateway/gateway';
import { legacyApi } from './gateway/legacy-api';
import { janitor } from './janitor';
import { provenKeys } from './key-authentication/proven-keys';
import { consumerKeyMiddleware } from './key-authentication/require-consumer-key';
import { healthEndpoint } from './operations/health-endpoint';
import { loadLanguages } from './pages/languages';
import type { Messages } from './pages/messages';
import { routes, siteRoutes } from './routes';
import { deadHolders } from './storage/dead-holders';

export type App = ReturnType<typeof createApp>;

/**
 * Builds every service and feature once. `routes.ts` lists the URLs they
 * answer.
 */
export function createApp(dependencies: AppDependencies) {
  const core = buildCore(dependencies);
  const { config, database, storeUrl, visitorOf, reportFailure, helpUrlOf, log, now, services, ready } = core;
  const { restErrors: errors } = core;
  const languages = loadLanguages();

  const signInChecks = buildSignInChecks(core);
  const sessions = buildSessions(core, signInChecks);
  const signIn = buildExternalSignIn(core, sessions, signInChecks);
  const verification = buildVerification(core);
  const granting = buildGrants(core, languages.standard);
  const siteIn = (messages: Messages) => {
    const views = buildPages(core, messages);
    const features = buildSiteFeatures({ core, messages, sessions, signIn, verification, granting, views });
    return buildSite({
      core,
      routes: siteRoutes(features),
      securityHeaders: views.securityHeaders,
      errorHandler: errorHandler({ pages: views.pages, reportFailure, helpUrlOf }),
    });
  };

  const guard = { keys: verification.keys, proven: provenKeys(), storeUrl, visitorOf, errors };
  const { upstreamUrl, storeRoutes } = config;
  const index = { storeName: config.store.name, storeRoutes, now };
  const restApi = gateway({ ...guard, index, upstreamUrl });

  return {
    listener: routes(
      {
        gateway: restApi.answer,
        verify: forwardAuth(guard),
        legacyApi: legacyApi({ storeUrl, errors }),
        health: healthEndpoint(ready),
        probe: buildProbe(core),
        site: languages.inEach(siteIn),
      },
      storeUrl.basePath,
    ),
    requireConsumerKey: consumerKeyMiddleware(guard),
    users: services.users,
    externalUserAdministration: services.externalUserAdministration,
    consumerKeys: services.consumerKeys,
    audit: services.audit,
    /** The metrics that METRICS_PORT serves. */
    metrics: core.metrics.registry,
    /** Makes `/readyz` answer 503. Call it when the server begins to stop. */
    stopping: ready.stop,
    janitor: janitor({
      interruptedGrants: granting.interruptedGrants,
      expiring: [
        services.sessionRecords,
        signIn.attempts,
        granting.requests,
        verification.nonces,
        services.counts,
        services.endedKeys,
        deadHolders(database),
      ],
      history: historyRetention({ database, days: config.historyDays, now }),
      log,
      now,
      lease: database.lease,
    }),
    /** Writes what is still in memory. Call it before the database is closed. */
    async close(): Promise<void> {
      restApi.close();
      await verification.flush();
    },
  };
}
