import type { Request, RequestHandler, Response } from 'express';

/** A visit with which a sign-in through another system begins. */
export interface Beginning {
  readonly request: Request;
  readonly response: Response;
  /** A path of this server. */
  readonly returnTo: string;
  /** Whether the person has to prove again who they are, even if the other system knows the browser. */
  readonly isFresh: boolean;
}

/** One way of signing in with an account that the store already has. */
export interface ExternalSignInWay {
  /** Answers with the first step. */
  readonly begin: (beginning: Beginning) => Promise<void>;
  /** The URLs that the other system, or the browser on its way back, calls. */
  readonly router?: RequestHandler;
  /** The text of the button, if the operator chose one. */
  readonly label?: string;
  /** Returns where the browser has to go to end the session there too. */
  readonly signOutHref?: (session: { readonly idToken?: string }) => Promise<string | undefined>;
}
