import { Router } from 'express';
import type { KeyAdministration } from '../administration/key-administration';
import type { UserAdministration } from '../administration/user-administration';
import type { AuditLog } from '../audit/audit-log';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { AppListReader } from '../consumer-keys/app-list-reader';
import type { KeyLifetimes } from '../consumer-keys/key-lifetime';
import type { KeyListReader } from '../consumer-keys/key-list-reader';
import type { Messages } from '../pages/messages';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import type { RevocationService } from '../revocation/revocation-service';
import type { SessionService } from '../session/session-service';
import type { SessionStore } from '../session/session-store';
import type { SignInLimits } from '../session/sign-in-throttle';
import type { ThrottleCounts } from '../throttle/throttle-counts';
import type { ExternalUserService } from '../users/external-user-service';
import type { UserService } from '../users/user-service';
import { accountEditRoutes } from './account-edit-routes';
import { accountRoutes } from './account-routes';
import { appRoutes } from './app-routes';
import { confirmIdentity } from './confirm-identity';
import { consoleAccess } from './console-access';
import type { ConsolePages } from './console-pages';
import { disconnectRoutes } from './disconnect-routes';
import { extendRoutes } from './extend-routes';
import { historyRoutes } from './history-routes';
import { keyListRoutes } from './key-list-routes';
import { sendKeyPage } from './key-page';
import { keyRoutes } from './key-routes';
import { managedKeys } from './managed-key';
import { newKeyRoutes } from './new-key-routes';
import { replaceRoutes } from './replace-routes';
import { revokeRoutes } from './revoke-routes';
import { secretForm } from './secret-form';
import { userConfirmRoutes } from './user-confirm-routes';
import { userRoutes } from './user-routes';

export interface ConsoleDependencies {
  /** The pages of one language and its texts. */
  readonly view: { readonly pages: ConsolePages; readonly messages: Messages };
  readonly keys: {
    readonly consumerKeys: ConsumerKeyService;
    readonly keyList: KeyListReader;
    readonly appList: AppListReader;
    readonly keyAdministration: KeyAdministration;
    readonly revocation: RevocationService;
    readonly lifetimes: KeyLifetimes;
  };
  readonly accounts: {
    readonly users: UserService;
    readonly externalUsers: ExternalUserService;
    readonly userAdministration: UserAdministration;
    readonly sessions: SessionService;
    readonly sessionRecords: Pick<SessionStore, 'listOf' | 'spendForm'>;
  };
  /** Limits on wrong passwords when a user confirms a change. */
  readonly passwordLimits: { readonly counts: ThrottleCounts; readonly signInLimits: SignInLimits };
  readonly audit: AuditLog;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly now: () => number;
}

/** Returns the routes of the console: keys, apps, history, users and the user's own account. */
export function consoleRoutes(dependencies: ConsoleDependencies): Router {
  const { view, keys, accounts, passwordLimits, audit, storeUrl, visitorOf, now } = dependencies;
  const base = { ...view, ...keys, ...accounts, audit, storeUrl, now };
  const shared = {
    ...base,
    access: consoleAccess({ ...base, visitorOf }),
    showKey: sendKeyPage({ ...base, pages: view.pages }),
    managed: managedKeys(base),
    secretForms: secretForm(base),
    confirm: confirmIdentity({ ...base, ...passwordLimits }),
  };
  const router = Router();
  // `/keys/new` and `/keys/revoke` come before `/keys/:keyId`.
  router.use(keyListRoutes(shared), newKeyRoutes(shared), revokeRoutes(shared));
  router.use(keyRoutes(shared), extendRoutes(shared), replaceRoutes(shared));
  router.use(appRoutes(shared), disconnectRoutes(shared), historyRoutes(shared), accountRoutes(shared));
  router.use(userRoutes(shared), userConfirmRoutes(shared), accountEditRoutes(shared));
  return router;
}
