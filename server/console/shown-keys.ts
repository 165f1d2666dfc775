import { stateOf, type KeyState, type Owner } from '../administration/key-state';
import type { ConsumerKey, Permissions } from '../consumer-keys/consumer-key';
import type { AppSummary, KeyListStore, RoleSelection } from '../consumer-keys/key-list-store';
import { showKey } from '../consumer-keys/shown-key';
import { parseUrl } from '../http/parse-url';

/** A key as the console shows it. */
export interface ShownOwnedKey {
  readonly keyId: number;
  readonly description: string;
  readonly truncatedKey: string;
  readonly permissions: Permissions;
  readonly createdAt: Date;
  readonly lastAccess?: Date;
  readonly lastAddress?: string;
  readonly owner: string;
  readonly app?: { readonly name: string; readonly host: string };
  readonly state: KeyState;
}

export interface ShownListedKey extends ShownOwnedKey {
  /** Whether the user may revoke it. */
  readonly mayRevoke: boolean;
}

/** An app and its number of keys of one manager. */
export interface ShownApp {
  readonly name: string;
  readonly host: string;
  readonly keys: number;
  readonly lastAccess?: Date;
  readonly owner: string;
}

export function showOwnedKey(key: ConsumerKey, owner: Owner): ShownOwnedKey {
  return {
    ...showKey(key),
    ...(key.lastAddress === null ? {} : { lastAddress: key.lastAddress }),
    owner: owner.login,
    ...(key.app === null ? {} : { app: { name: key.app.appName, host: hostOf(key.app.callbackOrigin) } }),
    state: stateOf(key, owner),
  };
}

/** How many keys or apps a confirmation page lists. It only counts the rest. */
export const SHOWN_MAX = 20;

/** Returns the apps of the selected keys: the first by name, and the number of the rest. */
export async function appsShown(
  keyList: KeyListStore,
  wanted: RoleSelection,
): Promise<{ apps: ShownApp[]; furtherApps: number }> {
  const { apps, total } = await keyList.appsOf(wanted, SHOWN_MAX);
  return { apps: apps.map(showApp), furtherApps: total - apps.length };
}

export function showApp(app: AppSummary): ShownApp {
  return {
    name: app.appName,
    host: hostOf(app.callbackOrigin),
    keys: app.keys,
    ...(app.lastAccess === null ? {} : { lastAccess: new Date(app.lastAccess) }),
    owner: app.ownerLogin,
  };
}

/** Returns the `host:port` of an origin. */
export function hostOf(origin: string): string {
  return parseUrl(origin)?.host ?? origin;
}
