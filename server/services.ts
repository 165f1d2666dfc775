import { auditLog } from './audit/audit-log';
import { keyAdministration } from './console/key-administration';
import { userAdministration } from './console/user-administration';
import { consumerKeyService } from './consumer-keys/consumer-key-service';
import { consumerKeyStore } from './consumer-keys/consumer-key-store';
import { keyListStore } from './consumer-keys/key-list-store';
import { sealing } from './consumer-keys/sealing';
import { revocationService } from './revocation/revocation-service';
import { sessionStore, type SessionLimits } from './session/session-store';
import type { Database } from './storage/database';
import type { SecretKey } from './storage/secret-key';
import { throttleCounts } from './throttle/throttle-counts';
import { passwords } from './users/passwords';
import { userService } from './users/user-service';
import { userStore } from './users/user-store';

export interface ServiceDependencies {
  readonly database: Database;
  readonly secretKey: SecretKey;
  readonly sessionLimits: SessionLimits;
  readonly now?: () => number;
}

export type Services = ReturnType<typeof createServices>;

/** What stands on the database alone; the server and the command line build it alike. */
export function createServices({ database, secretKey, sessionLimits, now = Date.now }: ServiceDependencies) {
  const secretSealing = sealing(secretKey.derive('consumer secrets'));
  const audit = auditLog(database);
  const consumerKeys = consumerKeyService({ store: consumerKeyStore(database), sealing: secretSealing });
  const keyList = keyListStore(database);
  const revocation = revocationService({ database, consumerKeys, audit, now });
  const users = userService({ store: userStore(database), passwords: passwords() });
  const sessionRecords = sessionStore(database, sessionLimits);
  return {
    secretSealing,
    audit,
    consumerKeys,
    keyList,
    revocation,
    users,
    sessionRecords,
    keyAdministration: keyAdministration({ database, consumerKeys, audit, now }),
    userAdministration: userAdministration({
      database,
    counts: throttleCounts(database, secretKey.derive('throttle counts')),
      users,
      consumerKeys,
      keyList,
      revocation,
      sessionRecords,
      audit,
      now,
    }),
  };
}
