import { callbackHost } from '../callback-delivery/callback-host';
import type { ConsumerKey } from '../consumer-keys/consumer-key-store';
import type { ConsentPage, SignOutForm } from '../http/pages';
import type { Session } from '../session/session-service';
import { showUser } from '../session/shown-user';
import { showKey } from '../consumer-keys/shown-key';
import type { GrantParameters } from './grant-parameters';

/** All that the page with Approve and Deny shows. */
export function consentPage(visit: {
  readonly appName: string;
  readonly parameters: GrantParameters;
  readonly session: Session;
  readonly nonce: string;
  readonly heldKeys: readonly ConsumerKey[];
  readonly signOut: SignOutForm;
}): ConsentPage {
  const { parameters } = visit;
  const host = callbackHost(parameters.callbackUrl);
  return {
    appName: visit.appName,
    scope: parameters.scope,
    callbackHost: host.shown,
    ...(host.punycode === undefined ? {} : { callbackHostAscii: host.punycode }),
    user: showUser(visit.session.user),
    heldKeys: visit.heldKeys.map(showKey),
    parameters: parameters.asSent,
    nonce: visit.nonce,
    signOut: visit.signOut,
  };
}
