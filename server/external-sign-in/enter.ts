import type { Request, Response } from 'express';
import { redirect } from '../http/redirect';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import type { ExternalSession } from '../session/external-session-store';
import type { SessionService } from '../session/session-service';
import type { AdmitPerson } from './admit-person';
import type { Identity } from './identity';
import type { RejectSignIn } from './rejected-sign-ins';

export interface EnterDependencies {
  readonly sessions: Pick<SessionService, 'enter'>;
  readonly admit: AdmitPerson;
  readonly rejectSignIn: RejectSignIn;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
}

/** The last step of every way. */
export interface Entry {
  readonly request: Request;
  readonly response: Response;
  readonly identity: Identity;
  /** The path of this server to go to. */
  readonly returnTo: string;
  readonly session: Omit<ExternalSession, 'way'>;
}

export type Enter = ReturnType<typeof enter>;

/**
 * Returns the function that opens a session for an identity, and sends the browser to where it wanted to
 * go.
 * @throws PageError if the person is rejected.
 */
export function enter({ sessions, admit, rejectSignIn, storeUrl, visitorOf }: EnterDependencies) {
  return async ({ request, response, identity, returnTo, session }: Entry): Promise<void> => {
    const { way } = identity.subject;
    const admission = await admit(identity, visitorOf(request).address);
    if ('rejected' in admission) {
      const { rejected: reason, account } = admission;
      throw await rejectSignIn(request, { way, reason, returnTo, account: account && named(account) });
    }
    if (!(await sessions.enter(request, response, admission.proven, { ...session, way }))) {
      const account = named(admission.proven.user);
      throw await rejectSignIn(request, { way, reason: 'disabled', returnTo, account });
    }
    redirect(response, storeUrl.origin + returnTo, request.method === 'POST' ? 303 : 302);
  };
}

const named = ({ userId, login }: { readonly userId: number; readonly login: string }) => ({ userId, login });
