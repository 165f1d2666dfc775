import type { MayStay } from '../session/session-service';
import type { SignInWay } from '../users/sign-in-way';

export interface MayStayDependencies {
  /** SIGN_IN. */
  readonly ways: readonly SignInWay[];
}

/** Returns the check that every request of a signed-in browser passes. */
export function mayStay({ ways }: MayStayDependencies): MayStay {
  return (_request, external) => Promise.resolve(ways.includes(external?.way ?? 'local'));
}
