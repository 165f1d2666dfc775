import type { Enter } from '../external-sign-in/enter';
import type { ProxyIdentity } from '../external-sign-in/proxy/proxy-identity';
import type { RejectSignIn } from '../external-sign-in/rejected-sign-ins';
import type { SignInAttemptStore } from '../external-sign-in/sign-in-attempt-store';
import type { SessionService } from '../session/session-service';

/** What every way of signing in through another system gets besides its part of the configuration. */
export interface SignInShared {
  readonly attempts: SignInAttemptStore;
  readonly sessions: SessionService;
  readonly enter: Enter;
  readonly rejectSignIn: RejectSignIn;
  /** Unset if SIGN_IN does not list `proxy`. */
  readonly identify: ProxyIdentity | undefined;
}
