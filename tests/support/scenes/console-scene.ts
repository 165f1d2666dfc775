import type { App, Permissions } from '../../../server/consumer-keys/consumer-key';
import type { Answer, Form, HttpBrowser } from '../http/http-browser';
import { MANAGER, type TestStore } from '../store/test-store';

export interface SeedKey {
  readonly owner?: string;
  readonly description?: string;
  readonly permissions?: Permissions;
  readonly app?: Partial<App>;
  readonly createdAt?: number;
  readonly lastAccess?: number;
  readonly lastAddress?: string;
}

/** Adds a key to the store as a grant or the command line would, and returns its pair. */
export async function seedKey(store: TestStore, seed: SeedKey = {}) {
  const { owner = MANAGER, description = 'Stock sync', permissions = 'read', createdAt = Date.now() } = seed;
  const { userId } = await store.userOf(owner);
  const app = seed.app && {
    appName: 'Parcel Pilot',
    callbackOrigin: 'https://parcels.example',
    appUserId: '42',
    ...seed.app,
  };
  const issued = await store.app.consumerKeys.issue({
    userId,
    description,
    permissions,
    now: createdAt,
    ...(app === undefined ? {} : { app }),
  });
  if (seed.lastAccess !== undefined)
    await store.database
      .knex('key_uses')
      .where({ key_id: issued.keyId })
      .update({ last_access: seed.lastAccess, last_address: seed.lastAddress ?? '203.0.113.7' });
  return issued;
}

/** Opens a page and sends its form with some fields filled in. */
export async function submit(
  browser: HttpBrowser,
  path: string,
  fields: Readonly<Record<string, string>>,
  field = Object.keys(fields)[0] ?? '_wpnonce',
): Promise<Answer> {
  const page = await browser.get(path);
  const form = page.form(field);
  return browser.post(form.action, { ...form.fields, ...fields });
}

/** Returns the console token of this browser's session, which every form contains. */
export async function tokenOf(browser: HttpBrowser): Promise<string> {
  return (await browser.get('/account')).form('current_password').fields['_wpnonce'] ?? '';
}

/** Posts fields with the token of the session. */
export async function post(browser: HttpBrowser, path: string, fields: Form = {}): Promise<Answer> {
  const pairs = Array.isArray(fields) ? (fields as (readonly [string, string])[]) : Object.entries(fields);
  return browser.post(path, [['_wpnonce', await tokenOf(browser)], ...pairs]);
}

/**
 * Returns every row that a change could touch. Compare two of them to see whether anything changed.
 */
export async function snapshot(store: TestStore): Promise<string> {
  const { knex } = store.database;
  const tables = await Promise.all([
    knex('consumer_keys').orderBy('key_id'),
    knex('key_uses').orderBy('key_id'),
    knex('users').orderBy('user_id'),
    knex('sessions').select('session_hash', 'user_id').orderBy('session_hash'),
  ]);
  return JSON.stringify(tables);
}
