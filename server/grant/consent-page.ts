import { leadsElsewhere } from '../callback-delivery/leads-elsewhere';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { hostInBothForms, shownHost } from '../http/shown-host';
import { repeated } from '../http/visible-text';
import type { Session } from '../session/session-service';
import type { SignOutForm } from '../session/session-pages';
import { showUser } from '../session/shown-user';
import {
  defaultLifetime,
  lifetimeChoices,
  OVERLAP_DAYS,
  OVERLAP_DEFAULT_DAYS,
  type KeyLifetimes,
} from '../consumer-keys/key-lifetime';
import { RESOURCES } from '../consumer-keys/key-limits';
import { showKey } from '../consumer-keys/shown-key';
import { NEVER, offeredPermissions } from './grant-choices';
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
  readonly lifetimes: KeyLifetimes;
  readonly now: number;
}): ConsentPage {
  const { appName, parameters, nonce, signOut, lifetimes } = visit;
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
    permissions: offeredPermissions(parameters.scope),
    resources: RESOURCES,
    lifetimes: lifetimeChoices(lifetimes).map((days) => ({
      value: String(days ?? NEVER),
      days,
      isDefault: days === defaultLifetime(lifetimes),
    })),
    overlaps: OVERLAP_DAYS.map((days) => ({ days, isDefault: days === OVERLAP_DEFAULT_DAYS })),
    heldKeys: visit.heldKeys.map((key) => showKey(key, visit.now)),
    parameters: parameters.asSent,
    nonce,
    signOut,
  };
}
