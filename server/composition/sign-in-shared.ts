import type { Enter } from '../external-sign-in/enter';
import type { ProxyIdentity } from '../external-sign-in/proxy/proxy-identity';
import type { Refuse } from '../external-sign-in/refusals';
import type { SignInAttemptStore } from '../external-sign-in/sign-in-attempt-store';
import type { SessionService } from '../session/session-service';

/** What every way of signing in through another system gets besides its part of the configuration. */
export interface SignInShared {
  readonly attempts: SignInAttemptStore;
  readonly sessions: SessionService;
  readonly enter: Enter;
  readonly refuse: Refuse;
  /** Unset if SIGN_IN does not list `proxy`. */
  readonly identify: ProxyIdentity | undefined;
}
