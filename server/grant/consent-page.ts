import { callbackHost } from '../callback-delivery/callback-host';
import type { ConsumerKey } from '../consumer-keys/consumer-key-store';
import type { ConsentPage, SignOutForm } from '../http/pages';
import type { Session } from '../session/session-service';
import { showUser } from '../session/shown-user';
import { showKey } from '../consumer-keys/shown-key';
import type { GrantParameters } from './grant-parameters';
import { shownAppName } from './shown-app-name';

/** All that the page with Approve and Deny shows. */
export function consentPage(visit: {
  readonly parameters: GrantParameters;
  readonly session: Session;
  readonly nonce: string;
  readonly heldKeys: readonly ConsumerKey[];
  readonly signOut: SignOutForm;
  /** What an app is called whose name has nothing to show. */
  readonly unnamed: string;
}): ConsentPage {
  const { parameters } = visit;
  const host = callbackHost(parameters.callbackUrl);
  return {
    appName: shownAppName(parameters.appName) || visit.unnamed,
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
