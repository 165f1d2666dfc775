import { stateOf, stateOfApp, type KeyState, type Owner } from '../administration/key-state';
import type { ConsumerKey, Permissions } from '../consumer-keys/consumer-key';
import type { AppListReader, AppSummary } from '../consumer-keys/app-list-reader';
import type { RoleSelection } from '../consumer-keys/key-conditions';
import { showKey } from '../consumer-keys/shown-key';
import { shownHost, type ShownHost } from '../http/shown-host';
import { showLimits, type ShownLimits } from './shown-limits';

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
  /** Without a host if it is unknown: the key was imported. */
  readonly app?: { readonly name: string; readonly host?: ShownHost };
  readonly imported: boolean;
  readonly state: KeyState;
  readonly limits: ShownLimits;
}

export interface ShownListedKey extends ShownOwnedKey {
  /** Whether the user may revoke it. */
  readonly mayRevoke: boolean;
}

/** An app and its number of keys of one manager. */
export interface ShownApp {
  readonly name: string;
  /** Unset if it is unknown: its keys were imported. */
  readonly host?: ShownHost;
  readonly keys: number;
  readonly permissions: Permissions;
  readonly connectedAt: Date;
  readonly lastAccess?: Date;
  readonly owner: string;
  readonly state: KeyState;
  /** When the last of its keys ends, if all of them do. */
  readonly endsAt?: Date;
}

/** Returns what a page shows of a key, with its owner and app. */
export function showOwnedKey(key: ConsumerKey, owner: Owner, now: number): ShownOwnedKey {
  return {
    ...showKey(key, now),
    ...(key.lastAddress === null ? {} : { lastAddress: key.lastAddress }),
    owner: owner.login,
    ...(key.app === null ? {} : { app: { name: key.app.appName, ...hostOf(key.app) } }),
    imported: key.imported,
    state: stateOf(key, owner, now),
    limits: showLimits(key, now),
  };
}

const hostOf = ({ callbackOrigin }: { readonly callbackOrigin: string }) =>
  callbackOrigin === '' ? {} : { host: shownHost(callbackOrigin) };

/** How many keys or apps a confirmation page lists. It only counts the rest. */
export const CONFIRMED_ROWS_MAX = 20;

/** Returns the apps of the selected keys: the first by name, and the number of the rest. */
export async function appsShown(
  appList: AppListReader,
  wanted: RoleSelection,
  now: number,
): Promise<{ apps: ShownApp[]; furtherApps: number }> {
  const { apps, total } = await appList.ofSelection(wanted, CONFIRMED_ROWS_MAX);
  return { apps: apps.map((app) => showApp(app, now)), furtherApps: total - apps.length };
}

/** Returns what a page shows of an app and its keys. */
export function showApp(app: AppSummary, now: number): ShownApp {
  return {
    name: app.appName,
    ...hostOf(app),
    keys: app.keys,
    permissions: app.permissions,
    connectedAt: new Date(app.connectedAt),
    ...(app.lastAccess === null ? {} : { lastAccess: new Date(app.lastAccess) }),
    owner: app.owner.login,
    state: stateOfApp(app, now),
    ...(app.endsAt === null ? {} : { endsAt: new Date(app.endsAt) }),
  };
}
