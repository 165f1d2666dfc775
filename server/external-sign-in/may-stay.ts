import type { MayStay } from '../session/session-service';
import type { SignInWay } from '../users/sign-in-way';
import type { ProxyIdentity } from './proxy/proxy-identity';
import type { RejectSignIn } from './rejected-sign-ins';

export interface MayStayDependencies {
  /** SIGN_IN. */
  readonly ways: readonly SignInWay[];
  /** Unset if SIGN_IN does not list `proxy`. */
  readonly proxyIdentity: ProxyIdentity | undefined;
  readonly rejectSignIn: RejectSignIn;
}

/**
 * Returns the check that every request of a signed-in browser passes.
 *
 * @throws PageError 502 if the keys of an assertion cannot be fetched. The session goes on later.
 */
export function mayStay({ ways, proxyIdentity, rejectSignIn }: MayStayDependencies): MayStay {
  return async (request, { user, external }) => {
    if (!ways.includes(external?.way ?? 'local')) return false;
    if (external?.way !== 'proxy' || !proxyIdentity) return true;
    // The home page only redirects. Apps request it too, so the proxy does not authenticate it.
    if (request.path === '/') return true;
    const there = await proxyIdentity(request);
    if ('rejected' in there) {
      if (there.rejected !== 'unavailable') return false;
      throw await rejectSignIn(request, { way: 'proxy', reason: 'unavailable', because: there.because });
    }
    const { subject, role } = there.identity;
    const isSame = subject.issuer === external.issuer && subject.subject === external.subject;
    return isSame && role === user.role;
  };
}
