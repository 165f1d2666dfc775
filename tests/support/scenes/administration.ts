import { keyAdministration, type KeyAdministration } from '../../../server/administration/key-administration';
import { ANY_LIFETIME } from '../../../server/consumer-keys/key-lifetime';
import type { TestStore } from '../store/test-store';

/** The changes of keys, for a test that gives them a key as it was read earlier. */
export const administrationOf = (
  { database, app: { consumerKeys, audit } }: TestStore,
  now: () => number,
): KeyAdministration =>
  keyAdministration({
    database,
    consumerKeys,
    audit,
    lifetimes: ANY_LIFETIME,
    expectLimitsToCount: () => Promise.resolve(),
    now,
  });
