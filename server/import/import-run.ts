import type { Knex } from 'knex';
import type { AuditLog } from '../audit/audit-log';
import type { SecretSealing } from '../consumer-keys/secret-sealing';
import type { RevocationService } from '../revocation/revocation-service';
import type { SessionStore } from '../session/session-store';
import type { Database } from '../storage/database';
import type { Role, User } from '../users/user';
import type { ExternalUserService } from '../users/external-user-service';
import type { UserService } from '../users/user-service';
import type { ImportedKeyStore } from '../consumer-keys/imported-key-store';
import type { NonceStore } from '../key-authentication/nonce-store';
import type { ImportedUserStore } from '../users/imported-user-store';
import type { ImportStore } from './import-store';
import type { ImportNotes } from './import-notes';
import type { Losses } from './losses';
import type { SiteFacts } from './site-facts';
import type { Site } from './site';
import type { StagedRows } from './staged-rows';

/** The services of the store that an import writes to. */
export interface ImportServices {
  readonly database: Database;
  readonly secretSealing: Pick<SecretSealing, 'open' | 'sealWith'>;
  /** Returns the id of the secret key that encrypts now. */
  readonly sealingKeyId: () => Promise<string>;
  readonly audit: AuditLog;
  readonly revocation: RevocationService;
  readonly users: UserService;
  readonly externalUsers: Pick<ExternalUserService, 'subjectOf'>;
  readonly sessionRecords: Pick<SessionStore, 'closeAllOf'>;
}

/** What a person chose for an import. */
export interface ImportChoices {
  /** Whether to write nothing. */
  readonly dryRun: boolean;
  /** Whether users who neither own a key nor may manage the store come over, too. */
  readonly allUsers: boolean;
  /** Whether keys whose owners may not manage the store come over, without access. */
  readonly includeResting: boolean;
  /** Whether the source holds only some of the keys and users, so that none is revoked or disabled. */
  readonly partial: boolean;
  /** Whether many keys and accounts may end. */
  readonly yes: boolean;
  /** Roles of plugins, each with the role that it becomes here. */
  readonly mappedRoles: ReadonlyMap<string, Role>;
  /** The account that gets the keys whose owner is not in the source. */
  readonly owner: User | undefined;
}

export interface ImportCounts {
  keysFound: number;
  keysImported: number;
  /** Of the imported keys, those without access. */
  keysResting: number;
  keysChanged: number;
  keysUnchanged: number;
  keysRevoked: number;
  /** Revoked on this server, so they are not imported again. */
  keysRevokedHere: number;
  keysNotImported: number;
  usersImported: number;
  /** Accounts that were here before. */
  usersAdopted: number;
  usersChanged: number;
  usersUnchanged: number;
  usersDisabled: number;
}

/** How far an import is. */
export interface ImportProgress {
  readonly step: 'reading' | 'users' | 'keys';
  readonly done: number;
  /** `undefined`: unknown. */
  readonly total: number | undefined;
  readonly unit: 'bytes' | 'rows';
}

/** The tables that an import reads and writes. */
export interface ImportStores {
  readonly sources: ImportStore;
  readonly users: ImportedUserStore;
  readonly keys: ImportedKeyStore;
  readonly nonces: Pick<NonceStore, 'keep'>;
}

/** One import, while it runs. */
export interface ImportRun {
  readonly services: ImportServices;
  readonly stores: ImportStores;
  readonly choices: ImportChoices;
  readonly staged: StagedRows;
  readonly site: Site;
  readonly facts: SiteFacts;
  readonly sourceName: string;
  /** `undefined` in a dry run of a source that is new. */
  readonly sourceId: number | undefined;
  readonly notes: ImportNotes;
  readonly counts: ImportCounts;
  readonly losses: Losses;
  /** Whether nothing that works here may end, because a person has to confirm it first. */
  readonly holdsBack: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly tell: (progress: ImportProgress) => void;
}

/**
 * The number of rows that one transaction decides about and writes. Large ones cost less for each
 * row, but other writers wait for them.
 */
export const ROWS_PER_TRANSACTION = 500;

/** Runs `work` in a transaction, or in a dry run without one. */
export function inTransaction<T>(
  { services, choices }: Pick<ImportRun, 'services' | 'choices'>,
  work: (within: Knex) => Promise<T>,
): Promise<T> {
  return choices.dryRun ? work(services.database.knex) : services.database.transaction(work);
}

export const noCounts = (): ImportCounts => ({
  keysFound: 0,
  keysImported: 0,
  keysResting: 0,
  keysChanged: 0,
  keysUnchanged: 0,
  keysRevoked: 0,
  keysRevokedHere: 0,
  keysNotImported: 0,
  usersImported: 0,
  usersAdopted: 0,
  usersChanged: 0,
  usersUnchanged: 0,
  usersDisabled: 0,
});
