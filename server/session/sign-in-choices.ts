import type { Request, Response } from 'express';
import type { ExternalWay, SignInWay } from '../users/sign-in-way';

/** A button of the sign-in page that leads to another system. */
export interface WayButton {
  readonly way: ExternalWay;
  /** What the operator calls it. Unset: the text of the message file. */
  readonly label?: string;
  readonly href: string;
}

/** The ways of signing in that SIGN_IN lists. */
export interface SignInChoices {
  /** In the order in which the page shows them. */
  readonly ways: readonly SignInWay[];
  /** Returns the button of a way. `returnTo`: the path of this server to go to afterwards. */
  readonly button: (way: ExternalWay, returnTo: string) => WayButton;
  /** Returns where a fresh sign-in begins, in which the person can choose another account. */
  readonly freshHref: (way: ExternalWay, returnTo: string) => string;
  /** Answers the request with the first step of a way. */
  readonly begin: (
    way: ExternalWay,
    visit: { readonly request: Request; readonly response: Response; readonly returnTo: string },
  ) => Promise<void>;
  /**
   * Returns where the browser has to go after a session ended, so that the other system ends its
   * session too. `undefined`: nowhere.
   */
  readonly signOutHref: (session: {
    readonly way: ExternalWay;
    readonly idToken?: string;
  }) => Promise<string | undefined>;
}

/** Returns the external way, if it is the only way. Then there is no page in between. */
export function onlyExternalWay({ ways }: Pick<SignInChoices, 'ways'>): ExternalWay | undefined {
  const [only, ...others] = ways;
  return only === undefined || only === 'local' || others.length > 0 ? undefined : only;
}
