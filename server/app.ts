import type { RequestListener } from 'node:http';
import express from 'express';
import type { Logger } from 'pino';
import { historyRetention } from './audit/history-retention';
import { callbackAddressRules, type LookupAll } from './callback-delivery/address-rules';
import { callbackDelivery } from './callback-delivery/deliver';
import type { Config } from './config';
import { consolePages } from './console/console-pages';
import { consoleRoutes } from './console/console-routes';
import { pendingKeyStore } from './consumer-keys/pending-key-store';
import { grantPages } from './grant/grant-pages';
import { grantRequestStore } from './grant/grant-request-store';
import { grantRoutes } from './grant/grant-routes';
import { grantService } from './grant/grant-service';
import { interruptedGrants } from './grant/interrupted-grants';
import { assetRoutes } from './pages/assets';
import { cutOffEndlessBody, cutOffSlowBody } from './http/body-limits';
import { failureReporter } from './errors/failure-log';
import { errorHandler, notFound } from './errors/page';
import { failurePages } from './pages/failure-pages';
import { loadMessages, viewsDirectory } from './pages/messages';
import { requestIds } from './http/request-id';
import { requestLog } from './http/request-log';
import { apiLink } from './http/rest-answer';
import { originForm, routePath, storeRoute } from './http/route-path';
import { onlyOverTls } from './http/only-over-tls';
import { securityHeaders } from './http/security-headers';
import { visitorReader } from './http/visitor';
import { forwardAuth } from './forward-auth/forward-auth';
import { gateway } from './gateway/gateway';
import { answerLegacyApi, isLegacyApiPath } from './gateway/legacy-api';
import { failedKeys } from './key-authentication/failed-keys';
import { keyFinder } from './key-authentication/key-finder';
import { lastUse } from './key-authentication/last-use';
import { nonceStore } from './key-authentication/nonce-store';
import { consumerKeyMiddleware } from './key-authentication/require-consumer-key';
import { restAddress } from './key-authentication/rest-address';
import { keyAuthentication } from './key-authentication/verify';
import { janitor } from './janitor';
import { healthDoor, isHealthTarget } from './operations/health-door';
import { serverMetrics } from './operations/metrics';
import { readiness } from './operations/readiness';
import { callerReader } from './revocation/caller';
import { revocationRoutes } from './revocation/revocation-routes';
import { revoke } from './revocation/revoke';
import { createServices } from './services';
import { cookies } from './session/cookies';
import { formTokens } from './session/form-tokens';
import { knownBrowsers } from './session/known-browser';
import { sameOrigin } from './session/same-origin';
import { sessionPages } from './session/session-pages';
import { sessionRoutes } from './session/session-routes';
import { sessionService } from './session/session-service';
import { signInThrottle } from './session/sign-in-throttle';
import type { Database } from './storage/database';
import { schemaCheck } from './storage/migrate';
import { secretKeyRegistry } from './storage/secret-key-registry';
import type { SecretKeys } from './storage/secret-keys';

/** What comes from outside: the process fills these in, a test replaces the clock, the look-up or the log. */
export interface AppDependencies {
  readonly config: Config;
  readonly database: Database;
  readonly secretKey: SecretKeys;
  /** The key that seals, when the store was opened. */
  readonly sealingKeyId: string;
  readonly log: Logger;
  readonly now?: () => number;
  readonly lookup?: LookupAll;
  /** PEM; left out, Node's own list of authorities counts. */
  readonly callbackCa?: string;
}

export type App = ReturnType<typeof createApp>;

/** The composition root: every store and service is built here, once, and the features are mounted in their order. */
export function createApp(dependencies: AppDependencies) {
  const { config, database, secretKey, sealingKeyId, log, lookup, callbackCa, now = Date.now } = dependencies;
  const { storeUrl } = config;
  const visitorOf = visitorReader(config);
  const requestIdOf = requestIds(config);
  const reportFailure = failureReporter({ log, requestIdOf });
  const metrics = serverMetrics();
  const registry = secretKeyRegistry(database);
  const ready = readiness({
    schemaIsCurrent: schemaCheck(database),
    secretKeyFits: () => registry.areHeld(secretKey),
    reportFailure,
  });

  const services = createServices({
    database,
    secretKey,
    sealingKeyId,
    sessionLimits: config.session,
    now,
    noteEvent: metrics.noteEvent,
  });
  const { audit, users, consumerKeys, revocation, sessionRecords, secretSealing, counts } = services;
  const { signInLimits } = config;
  const sessions = metrics.countingSignIns(
    sessionService({
      database,
      store: sessionRecords,
      users,
      cookies: cookies({ storeUrl, visitorOf }),
      tokens: formTokens(...secretKey.derive('form tokens', sealingKeyId)),
      sameOrigin: sameOrigin({ storeUrl, visitorOf }),
      throttle: signInThrottle({
        counts,
        knownBrowsers: knownBrowsers(secretKey.derive('known browsers', sealingKeyId)[0], now),
        limits: signInLimits,
        now,
      }),
      audit,
      visitorOf,
      now,
    }),
  );

  const addressRules = callbackAddressRules({
    allowHosts: config.callback.allowHosts,
    storeUrl,
    ...(lookup === undefined ? {} : { lookup }),
  });
  const { deliver } = callbackDelivery({
    rules: addressRules,
    userAgent: config.callback.userAgent,
    storeUrl,
    timeoutMs: config.callback.timeoutMs,
    ca: callbackCa,
  });
  const messages = loadMessages();
  const requests = grantRequestStore(database);
  const grants = grantService({
    database,
    requests,
    consumerKeys,
    deliver: metrics.timed(deliver),
    audit,
    revoke: (keys, by, within) => revocation.revoke(keys, by, within),
    unnamedApp: messages('consent.unnamed_app'),
    callbackTimeoutMs: config.callback.timeoutMs,
    now,
  });

  const uses = lastUse({ database, log });
  const nonces = nonceStore(database);
  const wrongKeys = failedKeys({ counts, limits: config.failedKeyLimits, log, now });
  const keys = keyAuthentication({
    ...keyFinder({
      database,
      sealing: secretSealing,
      now,
      reportFailure,
    }),
    spendNonce: (use) => nonces.spendNonce(use),
    noteUse: (keyId, at, address) => {
      uses.note(keyId, at, address);
    },
    refusedFrom: (address) => wrongKeys.refusedFrom(address),
    storeUrl,
    now,
    oauthDebug: config.oauthDebug,
    noteOutcome: metrics.noteVerification,
  });
  const viewsDir = viewsDirectory();
  const assets = assetRoutes({ viewsDir, store: config.store, storeUrl });
  const headers = securityHeaders({ logoOrigin: assets.logoOrigin, secure: storeUrl.secure });
  const look = {
    store: {
      name: config.store.name,
      url: storeUrl.href,
      ...(assets.logo === undefined ? {} : { logo: assets.logo }),
    },
    messages,
    viewsDir,
    assetsVersion: assets.version,
    now,
  };
  const pages = { ...sessionPages(look), ...grantPages(look), ...failurePages(look) };

  const site = express();
  site.disable('x-powered-by').disable('etag').disable('query parser');
  site.use(requestLog({ log, requestIdOf, visitorOf }));
  site.use((request, response, next) => {
    request.url = routePath(storeRoute(request.url, storeUrl.basePath));
    // Where clients look for the API first.
    if (request.path === '/') response.set('Link', apiLink(storeUrl));
    next();
  });
  site.use(headers.onEveryPage);
  site.use(
    revocationRoutes({
      revoke: revoke({
        caller: callerReader({ keys, consumerKeys, visitorOf }),
        revocation,
        consumerKeys,
        sessions,
        users,
        visitorOf,
      }),
      storeUrl,
      reportFailure,
    }),
  );
  site.use(onlyOverTls({ storeUrl, visitorOf }));
  site.use(assets.router);
  site.use(sessionRoutes({ sessions, users, pages, messages, storeUrl }));
  site.use(
    consoleRoutes({
      ...services,
      signInLimits,
      pages: consolePages(look),
      messages,
      sessions,
      storeUrl,
      visitorOf,
      now,
    }),
  );
  site.use(
    grantRoutes({
      grants,
      addressRules,
      sessions,
      pages,
      messages,
      securityHeaders: headers,
      storeUrl,
      visitorOf,
    }),
  );
  site.use(notFound);
  site.use(errorHandler({ pages, reportFailure }));

  const verifyDoor = forwardAuth({ keys, storeUrl, visitorOf, reportFailure });
  const restDoor = gateway({
    keys,
    storeUrl,
    storeName: config.store.name,
    upstreamUrl: config.upstreamUrl,
    storeRoutes: config.storeRoutes,
    now,
    visitorOf,
    reportFailure,
  });

  const health = healthDoor(ready);

  return {
    /** The two doors that stand in front of every API call are met before Express. */
    listener: ((request, response) => {
      cutOffEndlessBody(request, response);
      const route = storeRoute(request.url ?? '/', storeUrl.basePath);
      const address = restAddress(route);
      if (address) {
        restDoor.answer(request, response, address);
        return;
      }
      const [path = ''] = routePath(route).split('?');
      if (/^\/wc-auth\/v1\/verify\/?$/.test(path)) verifyDoor(request, response);
      else if (isLegacyApiPath(path)) answerLegacyApi(request, response, storeUrl);
      else if (isHealthTarget(request.url)) health(request, response);
      else {
        // Express takes a whole URL apart with a parser of Node's that will throw for a port that is none (DEP0170).
        request.url = originForm(request.url ?? '/');
        cutOffSlowBody(request, response);
        (site as RequestListener)(request, response);
      }
    }) satisfies RequestListener,
    requireConsumerKey: consumerKeyMiddleware({ keys, storeUrl, visitorOf, reportFailure }),
    users,
    consumerKeys,
    grantRequests: requests,
    audit,
    /** What METRICS_PORT shows. */
    metrics: metrics.registry,
    /** From now on `/readyz` says that it is stopping. */
    stopping: ready.stop,
    janitor: janitor({
      interruptedGrants: interruptedGrants({
        database,
        requests,
        pendingKeys: pendingKeyStore(database),
        users,
        audit,
        now,
      }),
      grantRequests: requests,
      sessions: sessionRecords,
      nonces,
      counts,
      history: historyRetention({ database, days: config.historyDays, now }),
      log,
      now,
      lease: database.lease,
    }),
    /** Writes what is still in memory. */
    async close(): Promise<void> {
      restDoor.close();
      await uses.flush();
      await wrongKeys.flush();
    },
  };
}
