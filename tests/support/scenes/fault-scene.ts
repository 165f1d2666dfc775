import type { IssuedKey } from '../../../server/consumer-keys/consumer-key-service';
import type { Answer } from '../http/http-browser';
import { basicHeader, issueKey, signedTarget } from './rest-scene';
import { startTestStore, type TestStore, type TestStoreOptions } from '../store/test-store';

type Pair = Pick<IssuedKey, 'consumerKey' | 'consumerSecret'>;

/** A store with a database that can be made to fail, seen from outside. */
export interface FaultScene {
  readonly store: TestStore;
  readonly key: IssuedKey;
  /** Returns `works`, or the status and message of the rejection. */
  call(pair: Pair): Promise<string>;
  callSigned(target: string): Promise<string>;
  /** Returns a request signed with the scene's key, with a new nonce. */
  signed(): string;
  revoke(pair: Pair): Promise<Answer>;
  close(): Promise<void>;
}

const overTls = { 'x-forwarded-proto': 'https' };

export async function faultScene(options: TestStoreOptions = {}): Promise<FaultScene> {
  const store = await startTestStore({ ...options, env: { TRUST_PROXY: 'loopback', ...options.env } });
  if (options.folder !== undefined) await store.addUser('manager', 'administrator');
  const key = await issueKey(store, 'read_write', { now: (options.clock ?? Date.now)() });
  const now = options.clock ?? Date.now;
  const authorization = (pair: Pair) => basicHeader(pair)[1];
  return {
    store,
    key,
    call: async (pair) =>
      verdict(
        await store
          .browser()
          .get('/wp-json/wc/v3/products', { ...overTls, authorization: authorization(pair) }),
      ),
    callSigned: async (target) => verdict(await store.browser().get(target)),
    signed: () => signedTarget(key, { timestamp: Math.floor(now() / 1000), origin: store.url }),
    revoke: (pair) =>
      store.browser().send('POST', '/wc-auth/v1/revoke', {
        headers: { ...overTls, authorization: authorization(pair) },
      }),
    async close() {
      await store.app.close();
      await store.close();
    },
  };
}

function verdict(answer: Answer): string {
  const { code, message } = answer.json();
  return code === 'rest_no_route' ? 'works' : `${answer.status} ${String(message)}`;
}
