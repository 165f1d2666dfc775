import type { App } from '../consumer-keys/consumer-key';
import type { GrantParameters } from './grant-parameters';
import { shownAppName } from './shown-app-name';

/**
 * Returns the app of a request: its name, the origin of its callback, and its own id for the
 * merchant.
 */
export function appOf(parameters: GrantParameters, unnamedApp: string): App {
  return {
    // An app without a visible name could not be filtered by or disconnected.
    appName: shownAppName(parameters.appName) || unnamedApp,
    callbackOrigin: new URL(parameters.callbackUrl).origin,
    appUserId: parameters.appUserId,
  };
}
