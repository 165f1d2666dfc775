import type { App, Permissions } from '../../../server/consumer-keys/consumer-key';
import { NO_LIMITS, type KeyLimits } from '../../../server/consumer-keys/key-limits';
import type { HtmlForm } from '../http/html-forms';
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
  readonly limits?: Partial<KeyLimits>;
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
    limits: { ...NO_LIMITS, ...seed.limits },
    ...(app === undefined ? {} : { app }),
  });
  if (seed.lastAccess !== undefined)
    await store.database
      .knex('key_uses')
      .where({ key_id: issued.keyId })
      .update({ last_access: seed.lastAccess, last_address: seed.lastAddress ?? '203.0.113.7' });
  return issued;
}

/** Opens a page and sends its form with some fields filled in, and its boxes as they are. */
export async function submit(
  browser: HttpBrowser,
  path: string,
  fields: Readonly<Record<string, string>>,
  field = Object.keys(fields)[0] ?? '_wpnonce',
): Promise<Answer> {
  const page = await browser.get(path);
  const form = page.form(field);
  return browser.post(form.action, filled(form, fields));
}

/**
 * Returns what a browser sends of a form: its fields with some filled in, and its ticked boxes, unless
 * `boxes` has other values for their name. The form may lack selects and text areas, which count as
 * empty.
 */
export function filled(
  { fields, ticked }: Pick<HtmlForm, 'fields' | 'ticked'>,
  typed: Readonly<Record<string, string>>,
  boxes?: Readonly<Record<string, readonly string[]>>,
): (readonly [string, string])[] {
  const kept = ticked.filter(({ name }) => boxes?.[name] === undefined);
  return [
    ...Object.entries({ ...fields, ...typed }),
    ...kept.map(({ name, value }) => [name, value] as const),
    ...Object.entries(boxes ?? {}).flatMap(([name, values]) => values.map((value) => [name, value] as const)),
  ];
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
