import { probeEndpoint, type AnswerProbe } from '../probe/probe-endpoint';
import { PROBE_KEY_PURPOSE } from '../probe/probe-token';
import { packageVersion } from '../version';
import type { Core } from './core';

/** Builds the answer to `wc-auth doctor`. */
export function buildProbe({ secretKey, sealingKeyId, storeUrl, visitorOf, now }: Core): AnswerProbe {
  return probeEndpoint({
    // Derived for each probe, because a key file may contain a new key by now.
    keys: () => secretKey.derive(PROBE_KEY_PURPOSE, sealingKeyId),
    storeUrl,
    visitorOf,
    version: packageVersion(),
    now,
  });
}
