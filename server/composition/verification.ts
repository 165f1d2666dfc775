import { expiredKeys } from '../key-authentication/expired-keys';
import { failedKeys } from '../key-authentication/failed-keys';
import { firstProofs } from '../key-authentication/first-proofs';
import { keyFinder } from '../key-authentication/key-finder';
import { lastUse } from '../key-authentication/last-use';
import { nonceStore } from '../key-authentication/nonce-store';
import { keyAuthentication } from '../key-authentication/verify';
import type { Core } from './core';

/**
 * Builds the verification of consumer keys, shared by the gateway, `/verify`, the middleware and
 * `/revoke`.
 */
export function buildVerification(core: Core) {
  const { config, database, storeUrl, log, metrics, reportFailure, now } = core;
  const { counts, secretSealing: sealing } = core.services;
  const uses = lastUse({ database, log });
  const proofs = firstProofs({ database, log });
  const expired = expiredKeys({ database, log });
  const nonces = nonceStore(database);
  const wrongKeys = failedKeys({ counts, limits: config.failedKeyLimits, log, now });
  return {
    nonces,
    expired,
    keys: keyAuthentication({
      finder: keyFinder({
        database,
        sealing,
        now,
        reportFailure,
        noteFirstProof: (proof) => proofs.note(proof),
      }),
      spendNonce: (use) => nonces.spendNonce(use),
      note: {
        use: (keyId, at, address) => {
          uses.note(keyId, at, address);
        },
        outcome: metrics.noteVerification,
      },
      expired,
      countFailure: (address) => wrongKeys.countFailure(address),
      storeUrl,
      now,
      oauthDebug: config.oauthDebug,
    }),
    /** Writes what is still in memory: first proofs, ends of keys, times of last use and failure counts. */
    async flush(): Promise<void> {
      await proofs.flush();
      await expired.flush();
      await uses.flush();
      await wrongKeys.flush();
    },
  };
}
