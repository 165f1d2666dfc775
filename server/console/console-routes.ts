import { Router } from 'express';
import type { KeyAdministration } from '../administration/key-administration';
import type { UserAdministration } from '../administration/user-administration';
import type { AuditLog } from '../audit/audit-log';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { KeyListStore } from '../consumer-keys/key-list-store';
import type { Messages } from '../pages/messages';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import type { RevocationService } from '../revocation/revocation-service';
import type { SessionService } from '../session/session-service';
import type { SessionStore } from '../session/session-store';
import type { SignInLimits } from '../session/sign-in-throttle';
import type { ThrottleCounts } from '../throttle/throttle-counts';
import type { UserService } from '../users/user-service';
import { accountRoutes } from './account-routes';
import { appRoutes } from './app-routes';
import { confirmPassword } from './confirm-password';
import { consoleDoor } from './console-door';
import type { ConsolePages } from './console-pages';
import { historyRoutes } from './history-routes';
import { keyListRoutes } from './key-list-routes';
import { keyRoutes } from './key-routes';
import { managedKeys } from './managed-key';
import { newKeyRoutes } from './new-key-routes';
import { revokeRoutes } from './revoke-routes';
import { secretForm } from './secret-form';
import { userConfirmRoutes } from './user-confirm-routes';
import { userRoutes } from './user-routes';

export interface ConsoleDependencies {
  readonly pages: ConsolePages;
  readonly messages: Messages;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly sessions: SessionService;
  readonly sessionRecords: SessionStore;
  readonly users: UserService;
  readonly consumerKeys: ConsumerKeyService;
  readonly keyList: KeyListStore;
  readonly keyAdministration: KeyAdministration;
  readonly userAdministration: UserAdministration;
  readonly revocation: RevocationService;
  readonly audit: AuditLog;
  readonly counts: ThrottleCounts;
  readonly signInLimits: SignInLimits;
  readonly now: () => number;
}

/** The manager's console: keys, apps, history, users, and one's own account. */
export function consoleRoutes(dependencies: ConsoleDependencies): Router {
  const shared = {
    ...dependencies,
    door: consoleDoor(dependencies),
    managed: managedKeys(dependencies),
    secretForms: secretForm(dependencies),
    passwordIsRight: confirmPassword(dependencies),
  };
  const router = Router();
  // `/keys/new` and `/keys/revoke` before `/keys/:keyId`.
  router.use(keyListRoutes(shared), newKeyRoutes(shared), revokeRoutes(shared), keyRoutes(shared));
  router.use(appRoutes(shared), historyRoutes(shared), accountRoutes(shared));
  router.use(userRoutes(shared), userConfirmRoutes(shared));
  return router;
}
