import type { Request, RequestHandler, Response } from 'express';
import type { Logger } from 'pino';
import { formParams, readForm, textParam } from '../../http/request-params';
import type { VisitorOf } from '../../http/visitor';
import type { EndProviderSessions } from './end-provider-sessions';
import { describe } from './exchange-failure';
import type { CheckLogoutToken } from './logout-token';
import type { OidcProvider } from './provider';

export interface BackchannelLogoutDependencies {
  readonly provider: OidcProvider;
  readonly check: CheckLogoutToken;
  readonly end: EndProviderSessions;
  readonly log: Logger;
  readonly visitorOf: VisitorOf;
}

/**
 * Returns the handlers of the back-channel logout URI (OpenID Connect Back-Channel Logout 1.0). The
 * provider's server calls it, so the signature of the token is the proof, and no form token applies.
 */
export function backchannelLogout(dependencies: BackchannelLogoutDependencies): RequestHandler[] {
  const { provider, check, end, log, visitorOf } = dependencies;

  async function answer(request: Request, response: Response): Promise<void> {
    const { address } = visitorOf(request);
    const reject = (because: string) => {
      log.warn({ way: 'oidc', because, address }, 'logout token rejected');
      // Section 2.8.
      response.status(400).json({ error: 'invalid_request', error_description: because });
    };

    response.set('Cache-Control', 'no-store');
    const token = textParam(formParams(request), 'logout_token');
    if (token === undefined) {
      reject('logout_token is missing');
      return;
    }
    const signedOut = await provider((one) => check(token, one)).catch(describe);
    if (typeof signedOut === 'string') {
      reject(signedOut);
      return;
    }
    const people = await end(signedOut, address);
    if (people === false) {
      reject('the token was used before');
      return;
    }
    log.info({ way: 'oidc', people, address }, 'signed out by the provider');
    response.status(200).end();
  }

  return [readForm, answer];
}
