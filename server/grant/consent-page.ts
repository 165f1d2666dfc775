import { leadsElsewhere } from '../callback-delivery/leads-elsewhere';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { hostInBothForms, shownHost } from '../http/shown-host';
import { repeated } from '../http/visible-text';
import type { Session } from '../session/session-service';
import type { SignOutForm } from '../session/session-pages';
import { showUser } from '../session/shown-user';
import { showKey } from '../consumer-keys/shown-key';
import type { ConsentPage } from './grant-pages';
import type { GrantParameters } from './grant-parameters';

/** Returns the view model of the page with Approve and Deny. */
export function consentPage(visit: {
  readonly appName: string;
  readonly parameters: GrantParameters;
  readonly session: Session;
  readonly nonce: string;
  readonly heldKeys: readonly ConsumerKey[];
  readonly signOut: SignOutForm;
}): ConsentPage {
  const { appName, parameters, nonce, signOut } = visit;
  const { callbackUrl, returnUrl } = parameters;
  const host = shownHost(callbackUrl);
  return {
    appName,
    scope: parameters.scope,
    callbackHost: host.shown,
    ...(host.punycode === undefined ? {} : { callbackHostAscii: host.punycode }),
    appAccount: repeated(parameters.appUserId, '…').trim(),
    ...(leadsElsewhere(returnUrl, callbackUrl) ? { returnHost: hostInBothForms(returnUrl) } : {}),
    user: showUser(visit.session.user),
    heldKeys: visit.heldKeys.map(showKey),
    parameters: parameters.asSent,
    nonce,
    signOut,
  };
}
