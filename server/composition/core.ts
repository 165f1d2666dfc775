import type { SecureContext } from 'node:tls';
import type { Logger } from 'pino';
import type { LookupAll } from '../callback-delivery/address-rules';
import type { Deliver } from '../callback-delivery/deliver';
import type { Config } from '../config';
import { failureReporter } from '../errors/failure-log';
import { failedDeliveryLog } from '../grant/failed-delivery-log';
import { helpUrls } from '../errors/help-url';
import { restAnswers } from '../errors/rest';
import { requestIds } from '../http/request-id';
import { visitorReader } from '../http/visitor';
import { serverMetrics } from '../operations/metrics';
import { readiness } from '../operations/readiness';
import { createServices, type ServiceDependencies } from '../services';
import type { Database } from '../storage/database';
import { schemaCheck } from '../storage/migrate';
import { secretKeyRegistry } from '../storage/secret-key-registry';
import type { SecretKeys } from '../storage/secret-keys';
import type { Passwords } from '../users/passwords';
import { packageVersion } from '../version';

/**
 * What the app gets from outside. Tests replace the clock, the DNS lookup, the log and the outbound
 * certificate authority. The emulator also replaces the members at the end.
 */
export interface AppDependencies {
  readonly config: Config;
  readonly database: Database;
  readonly secretKey: SecretKeys;
  /** The key that sealed new secrets when the store was opened. */
  readonly sealingKeyId: string;
  readonly log: Logger;
  readonly now?: () => number;
  readonly lookup?: LookupAll;
  /** Whom callbacks and requests to an identity provider trust. Default: the certificate authorities of Node. */
  readonly callbackContext?: () => SecureContext;

  // For the emulator, which hashes cheaply, keeps the pairs it makes, lets deliveries fail, and
  // prints each grant.
  readonly passwords?: Passwords;
  readonly newKeyPair?: ServiceDependencies['newKeyPair'];
  /** Returns the delivery to use in place of this one. */
  readonly aroundDelivery?: (deliver: Deliver) => Deliver;
  /** Called after each audit event is written. */
  readonly noteEvent?: ServiceDependencies['noteEvent'];
}

export type Core = ReturnType<typeof buildCore>;

/**
 * Builds what all features share: services on the database, request ids, failure reports, metrics
 * and readiness.
 */
export function buildCore(dependencies: AppDependencies) {
  const { config, database, secretKey, sealingKeyId, log, now = Date.now } = dependencies;
  const requestIdOf = requestIds(config);
  const reportFailure = failureReporter({ log, requestIdOf });
  const helpUrlOf = helpUrls(config.helpUrl);
  const metrics = serverMetrics(packageVersion());
  const logFailedDelivery = failedDeliveryLog(log);
  const registry = secretKeyRegistry(database);
  const ready = readiness({
    schemaIsCurrent: schemaCheck(database),
    secretKeyFits: () => registry.areHeld(secretKey),
    reportFailure,
  });
  metrics.watchReadiness(() => ready.unready());
  return {
    ...dependencies,
    now,
    storeUrl: config.storeUrl,
    visitorOf: visitorReader(config),
    requestIdOf,
    reportFailure,
    helpUrlOf,
    restErrors: { report: reportFailure, ...restAnswers({ storeUrl: config.storeUrl, helpUrlOf }) },
    metrics,
    ready,
    services: createServices({
      database,
      secretKey,
      sealingKeyId,
      sessionLimits: config.session,
      lifetimes: config.keyLifetimes,
      passwords: dependencies.passwords,
      newKeyPair: dependencies.newKeyPair,
      now,
      noteEvent: (event) => {
        metrics.noteEvent(event);
        logFailedDelivery(event);
        dependencies.noteEvent?.(event);
      },
    }),
  };
}
