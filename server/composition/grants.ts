import { callbackAddressRules } from '../callback-delivery/address-rules';
import { callbackDelivery } from '../callback-delivery/deliver';
import { pendingKeyStore } from '../consumer-keys/pending-key-store';
import { grantRequestStore } from '../grant/grant-request-store';
import { grantService } from '../grant/grant-service';
import { interruptedGrants } from '../grant/interrupted-grants';
import { replaceHeld } from '../grant/replace-held';
import type { Messages } from '../pages/messages';
import type { Core } from './core';

/** Builds the grant: its requests, the delivery to the app, and the cleanup after a crash. */
export function buildGrants(core: Core, messages: Messages) {
  const { config, database, storeUrl, lookup, callbackContext, metrics, now } = core;
  const { aroundDelivery = (deliver) => deliver } = core;
  const { consumerKeys, revocation, audit, users } = core.services;
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
    secureContext: callbackContext,
  });
  const requests = grantRequestStore(database);
  return {
    addressRules,
    requests,
    grants: grantService({
      database,
      requests,
      consumerKeys,
      delivery: { deliver: metrics.timed(aroundDelivery(deliver)), timeoutMs: config.callback.timeoutMs },
      audit,
      replaceHeld: replaceHeld({
        consumerKeys,
        audit,
        revoke: (keys, by, within) => revocation.revoke(keys, by, within),
        now,
      }),
      expectLimitsToCount: core.services.expectLimitsToCount,
      unnamedApp: messages('consent.unnamed_app'),
      now,
    }),
    interruptedGrants: interruptedGrants({
      database,
      requests,
      pendingKeys: pendingKeyStore(database),
      users,
      audit,
      now,
    }),
  };
}
