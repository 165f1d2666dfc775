import { failureCode } from '../callback-delivery/delivery-failure';
import { describeFailure, describeFixes } from '../callback-delivery/describe-failure';
import { withOutcome } from '../callback-delivery/with-outcome';
import { WcAuthError } from '../errors/http-errors';
import type { Messages } from '../pages/messages';
import type { GrantFailure, GrantOutcome } from './grant-outcome';
import type { GrantParameters } from './grant-parameters';

/**
 * Returns the error of an approved grant whose key did not reach the app. Its text is
 * WooCommerce's; its page says more. Contains no secret and nothing of the app's response body.
 */
export function failedGrant(
  { failure, report }: Extract<GrantOutcome, { kind: 'failed' }>,
  grant: {
    readonly messages: Messages;
    readonly parameters: GrantParameters;
    /** The app's name as the pages show it. */
    readonly appName: string;
    readonly retryHref: string;
    /** Whether the manager selected keys to revoke. */
    readonly hadSelectedKeys: boolean;
  },
): WcAuthError {
  const { messages, parameters, appName, retryHref, hadSelectedKeys } = grant;
  const explanation = explained(messages, failure, parameters);
  return new WcAuthError(
    'An error occurred in the request and at the time were unable to send the consumer data.',
    {
      retryHref,
      // The code of Node.js or OpenSSL has no heading of its own.
      helpCode: failure.kind === 'other' ? failure.kind : explanation.code,
      failedGrant: {
        appName,
        ...explanation,
        hadSelectedKeys,
        backHref: withOutcome(parameters.returnUrl, 0, parameters.appUserId),
        requestId: report.requestId,
        failedAt: new Date(report.at),
        ...('status' in failure ? { status: failure.status } : {}),
      },
    },
  );
}

/** The app can do nothing about the reasons of this store, so those have no fix. */
function explained(messages: Messages, failure: GrantFailure, { callbackUrl }: GrantParameters) {
  if (failure.kind === 'interrupted' || failure.kind === 'revoked')
    return { cause: messages(`grant.${failure.kind}`), code: failure.kind };
  return {
    cause: describeFailure(messages, failure),
    ...describeFixes(messages, failure, callbackUrl),
    // The text for developers names the parameter, which a manager does not know.
    ...(failure.kind === 'redirect' ? { fix: messages('failed_grant.fix_redirect') } : {}),
    code: failureCode(failure),
  };
}
