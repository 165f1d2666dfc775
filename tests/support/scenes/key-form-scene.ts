import type { ConsumerKey } from '../../../server/consumer-keys/consumer-key';
import type { RecordedEvent } from '../../../server/audit/audit-events';
import { textOf } from '../http/html-forms';
import type { Answer, HttpBrowser } from '../http/http-browser';
import { fakeClock, MANAGER, PASSWORD, startTestStore, type TestStore } from '../store/test-store';
import { filled } from './console-scene';

/** What a person enters into the form of a key: texts, and the groups to tick. */
export interface TypedKey {
  readonly fields?: Readonly<Record<string, string>>;
  /** Unset: those that the form shows. */
  readonly groups?: readonly string[];
}

/** A store with an administrator and a shop manager, and the forms of its keys. */
export interface KeyFormScene {
  readonly store: TestStore;
  readonly clock: ReturnType<typeof fakeClock>;
  /** The administrator. Sign in again after more than a day. */
  browser: HttpBrowser;
  keyOf(keyId?: number): Promise<ConsumerKey>;
  lastEvent(): Promise<RecordedEvent | undefined>;
  /** Sends the form of the first key as a browser would, with the addresses that it shows. */
  change(typed: TypedKey): Promise<Answer>;
  create(typed: TypedKey): Promise<Answer>;
  /** Sends the form that extends the first key. */
  extend(fields?: Readonly<Record<string, string>>): Promise<Answer>;
}

export async function keyFormScene(env: Readonly<Record<string, string>> = {}): Promise<KeyFormScene> {
  const clock = fakeClock();
  const store = await startTestStore({ clock, env });
  await store.addUser('jonas', 'shop_manager');
  const scene: KeyFormScene = {
    store,
    clock,
    browser: await store.signIn(),
    keyOf: async (keyId = 1) => (await store.app.consumerKeys.find(keyId))!,
    lastEvent: async () => (await store.app.audit.list(1))[0],
    async change({ fields = {}, groups }) {
      const page = await scene.browser.get('/keys/1');
      const { permissions } = await scene.keyOf();
      const typed = { permissions, addresses: textAreaIn(page), ends: 'keep', ...fields };
      return scene.browser.post('/keys/1', filled(page.form('shown_limits'), typed, boxesOf(groups)));
    },
    async create({ fields = {}, groups }) {
      const form = (await scene.browser.get('/keys/new')).form('form_id');
      const typed = { description: 'Robot', permissions: 'read', owner: MANAGER, ...fields };
      return scene.browser.post('/keys/new', filled(form, typed, boxesOf(groups)));
    },
    async extend(fields = {}) {
      const form = (await scene.browser.get('/keys/1')).form('extend_password');
      const typed = { days: '30', extend_password: PASSWORD, ...fields };
      return scene.browser.post('/keys/1/extend', filled(form, typed));
    },
  };
  return scene;
}

/** Returns the text of the error at the top of a page. */
export const alertIn = ({ body }: Answer): string =>
  textOf(/role="alert"[^>]*>([\s\S]*?)<\/p>/.exec(body)?.[1] ?? '');

/** Returns the names of the fields that a page marks as wrong. */
export const wrongIn = ({ body }: Answer): string[] =>
  [...body.matchAll(/name="(\w+)"[^>]*aria-invalid="true"/g)].map(([, name = '']) => name);

/** Returns what the text area of a page holds. */
export const textAreaIn = ({ body }: Answer): string =>
  /<textarea[^>]*>\n?([\s\S]*?)<\/textarea>/.exec(body)?.[1] ?? '';

const boxesOf = (groups?: readonly string[]) => (groups ? { 'resources[]': groups } : undefined);
