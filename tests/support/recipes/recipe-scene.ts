import type { IssuedKey } from '../../../server/consumer-keys/consumer-key-service';
import { exchange, requestBytes, type RawAnswer } from '../http/raw-http';
import type { RecipePorts, RunningProxy } from './recipe';
import { issueKey } from '../scenes/rest-scene';
import { startTestStore, type TestStore } from '../store/test-store';
import { startUpgradingUpstream, type UpgradingUpstream } from './upgrading-upstream';

export type Headers = readonly (readonly [string, string])[];

export interface Recipe {
  readonly program: string;
  readonly start: (ports: Pick<RecipePorts, 'wcAuth' | 'api'>) => Promise<RunningProxy>;
  /** The answer that a client gets while wc-auth-server does not answer. */
  readonly statusWhenDown: number;
}

interface Sent {
  readonly method?: string;
  readonly headers?: Headers;
  readonly body?: string | Buffer;
  readonly base?: string;
}

/**
 * A proxy that runs a recipe, wc-auth-server and an API, all three real. Filled in before the first
 * test.
 */
export interface RecipeScene {
  readonly store: TestStore;
  readonly api: UpgradingUpstream;
  readonly proxy: RunningProxy;
  /** A `read_write` key. The app's own id for the merchant is `Zoë`. */
  readonly key: IssuedKey;
  readonly reader: IssuedKey;
  /**
   * Sends one request with a `Host` and `Connection: close`, over TLS unless `base` says otherwise.
   */
  readonly sent: (target: string, options?: Sent) => Promise<RawAnswer>;
  /** Returns the one request that the API received. The answer must be the API's. */
  readonly passed: (answer: RawAnswer) => UpgradingUpstream['requests'][number];
  /** Returns status, code and message of the rejection. The API must have received nothing. */
  readonly rejection: (answer: RawAnswer) => { status: number; code: string; message: string };
}

export const PATH = '/wp-json/wc/v3/products';

type Settings = Readonly<Record<string, string>>;

/** `env` may need the address of the API. */
export function recipeScene(
  { start }: Pick<Recipe, 'start'>,
  env: Settings | ((apiUrl: string) => Settings) = {},
): RecipeScene {
  const scene = {} as { -readonly [Name in keyof RecipeScene]: RecipeScene[Name] };
  const closers: (() => Promise<unknown>)[] = [];
  beforeAll(async () => {
    const api = await startUpgradingUpstream();
    closers.push(() => api.close());
    const settings = typeof env === 'function' ? env(api.url) : env;
    const store = await startTestStore({ env: { TRUST_PROXY: '127.0.0.1', ...settings } });
    closers.push(() => store.close().catch(() => undefined));
    closers.push(() => store.app.close());
    const app = { appName: 'Parcel Pilot', callbackOrigin: 'https://app.example', appUserId: 'Zoë' };
    const key = await issueKey(store, 'read_write', { app });
    const reader = await issueKey(store, 'read', { app });
    const proxy = await start({ wcAuth: Number(new URL(store.url).port), api: api.port });
    closers.push(() => proxy.stop());
    Object.assign(scene, { api, store, key, reader, proxy });
  }, 30_000);
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });
  beforeEach(() => {
    scene.api.forget();
  });

  return Object.assign(scene, {
    sent(
      target: string,
      { method = 'GET', headers = [], body = '', base = scene.proxy.https }: Sent = {},
    ): Promise<RawAnswer> {
      return exchange(base, requestBytes(method, target, [['Host', new URL(base).host], ...headers], body));
    },
    passed(answer: RawAnswer) {
      expect(answer).toMatchObject({ status: 200, text: '{"from":"upstream"}' });
      expect(scene.api.requests).toHaveLength(1);
      return scene.api.requests[0]!;
    },
    rejection(answer: RawAnswer) {
      expect(scene.api.requests).toEqual([]);
      expect(answer.headers['content-type']).toMatch(/^application\/json/);
      const { code, message, data } = answer.json();
      expect(data).toEqual({ status: answer.status });
      return { status: answer.status, code, message };
    },
  });
}
