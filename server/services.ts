import { keyAdministration } from './administration/key-administration';
import { externalUserAdministration } from './administration/external-user-administration';
import { userAdministration } from './administration/user-administration';
import type { AuditEvent } from './audit/audit-events';
import { auditLog } from './audit/audit-log';
import { consumerKeyService, type ConsumerKeyDependencies } from './consumer-keys/consumer-key-service';
import { consumerKeyStore } from './consumer-keys/consumer-key-store';
import { appListReader } from './consumer-keys/app-list-reader';
import { endedKeyStore } from './consumer-keys/ended-key-store';
import { ANY_LIFETIME, type KeyLifetimes } from './consumer-keys/key-lifetime';
import { keyListReader } from './consumer-keys/key-list-reader';
import { limitGuard } from './consumer-keys/limit-guard';
import { secretSealing as sealingWith } from './consumer-keys/secret-sealing';
import { endedKeys } from './revocation/ended-keys';
import { revocationService } from './revocation/revocation-service';
import { externalSessionStore } from './session/external-session-store';
import { sessionStore, type SessionLimits } from './session/session-store';
import type { Database } from './storage/database';
import { olderServers } from './storage/older-servers';
import { secretKeyRegistry } from './storage/secret-key-registry';
import type { SecretKeys } from './storage/secret-keys';
import { throttleCounts } from './throttle/throttle-counts';
import { passwords as passwordsOf, type Passwords } from './users/passwords';
import { externalAccountStore } from './users/external-account-store';
import { externalUserService } from './users/external-user-service';
import { userService } from './users/user-service';
import { userStore } from './users/user-store';

export interface ServiceDependencies {
  readonly database: Database;
  readonly secretKey: SecretKeys;
  readonly sealingKeyId: string;
  readonly sessionLimits: SessionLimits;
  /** Default: keys live for as long as a person chooses. */
  readonly lifetimes?: KeyLifetimes;
  readonly now?: () => number;
  /** Default: argon2id as OWASP recommends. */
  readonly passwords?: Passwords | undefined;
  /** Default: random pairs. */
  readonly newKeyPair?: ConsumerKeyDependencies['newKeyPair'] | undefined;
  /** Called after each audit event is written. */
  readonly noteEvent?: (event: AuditEvent) => void;
}

export type Services = ReturnType<typeof createServices>;

/** Builds the services that need only the database. The server and the command line both use it. */
export function createServices(dependencies: ServiceDependencies) {
  const { database, secretKey, sealingKeyId, sessionLimits, now = Date.now } = dependencies;
  const { lifetimes = ANY_LIFETIME, passwords = passwordsOf(), newKeyPair, noteEvent } = dependencies;
  const secretSealing = sealingWith(secretKey, secretKeyRegistry(database));
  const audit = auditLog(database, noteEvent);
  const consumerKeys = consumerKeyService({
    store: consumerKeyStore(database),
    sealing: secretSealing,
    newKeyPair,
  });
  const keyList = keyListReader(database);
  const expectLimitsToCount = limitGuard(() => olderServers(database));
  const revocation = revocationService({ database, consumerKeys, audit, now });
  const accounts = { database, store: userStore(database), externalAccounts: externalAccountStore(database) };
  const users = userService({ ...accounts, passwords });
  const externalUsers = externalUserService(accounts);
  const sessionRecords = sessionStore(database, sessionLimits);
  return {
    secretSealing,
    audit,
    consumerKeys,
    keyList,
    appList: appListReader(database),
    revocation,
    users,
    externalUsers,
    sessionRecords,
    externalSessions: externalSessionStore(database),
    counts: throttleCounts(database, secretKey.derive('throttle counts', sealingKeyId)[0]),
    endedKeys: endedKeys({ database, store: endedKeyStore(database), revocation }),
    expectLimitsToCount,
    keyAdministration: keyAdministration({
      database,
      consumerKeys,
      audit,
      lifetimes,
      expectLimitsToCount,
      now,
    }),
    externalUserAdministration: externalUserAdministration({
      database,
      users,
      externalUsers,
      sessionRecords,
      audit,
      now,
    }),
    userAdministration: userAdministration({
      database,
      users,
      externalUsers,
      keys: { consumerKeys, keyList, revocation },
      sessionRecords,
      audit,
      now,
    }),
  };
}
