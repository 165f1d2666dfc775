import { Counter, type Registry } from 'prom-client';
import type { PresentedCredential } from '../key-authentication/presented-credential';
import type { VerificationOutcome } from '../key-authentication/verify';

type Counts = Record<PresentedCredential['kind'], number>;

const none = (): Counts => ({ none: 0, insecure: 0, plain: 0, 'oauth-incomplete': 0, oauth: 0 });

/**
 * Counts `wc_auth_verifications_total{outcome,credential}`. Every API call passes here, so a call
 * only increments a number. prom-client's own counter joins labels to text at each call, so it is
 * filled only when metrics are read.
 */
export function verificationCounts(registry: Registry) {
  const counts: Record<VerificationOutcome, Counts> = { accepted: none(), refused: none(), failed: none() };
  new Counter({
    name: 'wc_auth_verifications_total',
    help: 'Verified API calls by how they ended and what they showed.',
    labelNames: ['outcome', 'credential'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [outcome, byCredential] of Object.entries(counts))
        for (const [credential, count] of Object.entries(byCredential))
          this.inc({ outcome, credential }, count);
    },
  });
  return {
    note: (outcome: VerificationOutcome, credential: PresentedCredential['kind']): void => {
      counts[outcome][credential] += 1;
    },
  };
}
