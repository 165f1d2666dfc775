import { startUpstream, type TestUpstream } from './rest-scene';
import { startTestStore, type TestStore, type TestStoreOptions } from '../store/test-store';

/** A store whose gateway passes requests on to an API that records them. */
export interface TestGateway {
  readonly store: TestStore;
  readonly upstream: TestUpstream;
  close(): Promise<void>;
}

/** Starts both. The store trusts this machine as its proxy, unless `env` says otherwise. */
export async function startGateway({ env, ...options }: TestStoreOptions = {}): Promise<TestGateway> {
  const upstream = await startUpstream();
  const store = await startTestStore({
    ...options,
    env: { TRUST_PROXY: 'loopback', ...env, UPSTREAM_URL: upstream.url },
  });
  return {
    store,
    upstream,
    async close() {
      await store.app.close();
      await store.close();
      await upstream.close();
    },
  };
}
