import { mayStay } from '../external-sign-in/may-stay';
import { cookies } from '../session/cookies';
import { formTokens } from '../session/form-tokens';
import { knownBrowsers } from '../session/known-browser';
import { sameOrigin } from '../session/same-origin';
import { sessionService, type SessionService } from '../session/session-service';
import { signInThrottle } from '../session/sign-in-throttle';
import type { Core } from './core';
import type { SignInChecks } from './external-sign-in';

/** Builds sign-in and sign-out, with their throttle and their metrics. */
export function buildSessions(core: Core, { rejectSignIn, identify }: SignInChecks): SessionService {
  const { config, database, secretKey, sealingKeyId, storeUrl, visitorOf, metrics, now } = core;
  const { sessionRecords, externalSessions, users, counts, audit } = core.services;
  return metrics.countingSignIns(
    sessionService({
      database,
      store: sessionRecords,
      externalSessions,
      users,
      browsers: {
        cookies: cookies({ storeUrl, visitorOf }),
        tokens: formTokens(...secretKey.derive('form tokens', sealingKeyId)),
        sameOrigin: sameOrigin({ storeUrl, visitorOf }),
        mayStay: mayStay({ ways: config.signIn.ways, proxyIdentity: identify, rejectSignIn }),
      },
      throttle: signInThrottle({
        counts,
        knownBrowsers: knownBrowsers(secretKey.derive('known browsers', sealingKeyId)[0], now),
        limits: config.signInLimits,
        now,
      }),
      audit,
      visitorOf,
      now,
    }),
  );
}
