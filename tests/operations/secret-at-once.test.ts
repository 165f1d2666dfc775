import { keyAdministration } from '../../server/administration/key-administration';
import { consumerKeyHash } from '../../server/consumer-keys/consumer-key';
import { consumerKeyService, type IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { consumerKeyStore } from '../../server/consumer-keys/consumer-key-store';
import { ANY_LIFETIME } from '../../server/consumer-keys/key-lifetime';
import { NO_LIMITS } from '../../server/consumer-keys/key-limits';
import { rotateSecretKey } from '../../server/consumer-keys/rotate-secret-key';
import type { OpenStore } from '../../server/open-store';
import type { Services } from '../../server/services';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { onPostgres } from '../support/store/test-database';

// Commands run in their own processes.
jest.setTimeout(90_000);

let store: ProcessStore;
beforeEach(async () => {
  store = await processStore({ SECRET_KEY: '' });
});
afterEach(() => store.clear());

/** Returns each key's secret, opened with the current key file. */
const secretsOf = (keys: readonly IssuedKey[]) =>
  store.on(({ consumerKeys }) =>
    Promise.all(
      keys.map(async ({ consumerKey }) =>
        (await consumerKeys.findByHash(consumerKeyHash(consumerKey)))?.consumerSecret(),
      ),
    ),
  );

const REJECTED = expect.stringContaining('Another run of `wc-auth secret rotate` is in progress.') as string;

// Regression: both found one key in the file, and the second replaced the key with which the first
// was sealing.
test('a second change of the secret key is rejected at every step of the first, and nothing is lost', async () => {
  const keys = [await store.issue(), await store.issue()];
  const seconds: [number | null, string][] = [];
  await store.on(({ database, secretKey, secretSealing }) => {
    // Each read of the key file's name is a step of the change.
    const watched = {
      ...secretKey,
      get file() {
        const { code, stderr } = store.commandAtOnce(['secret', 'rotate']);
        seconds.push([code, stderr]);
        return secretKey.file;
      },
    };
    return rotateSecretKey(database, watched, secretSealing);
  });
  expect(seconds.length).toBeGreaterThan(3);
  expect(seconds).toEqual(seconds.map(() => [1, REJECTED]));
  expect(await secretsOf(keys)).toEqual(keys.map((key) => key.consumerSecret));
  expect((await store.command(['secret', 'rotate'])).code).toBe(0);
});

test('one of several simultaneous changes of the secret key succeeds, and none loses a secret', async () => {
  const keys = [await store.issue(), await store.issue()];
  const runs = await Promise.all([1, 2, 3].map(() => store.command(['secret', 'rotate'])));
  expect(runs.map(({ code }) => code)).toContain(0);
  for (const { stderr } of runs.filter(({ code }) => code !== 0)) expect(stderr).toEqual(REJECTED);
  expect(await secretsOf(keys)).toEqual(keys.map((key) => key.consumerSecret));
});

/**
 * Returns the administration of keys. The secret key is replaced between its first sealing and the
 * write.
 */
function overtaken({ database, secretSealing, audit }: OpenStore & Services) {
  let replaced: number | null | undefined;
  const sealing = {
    ...secretSealing,
    async seal(secret: string, hash: string) {
      const sealed = await secretSealing.seal(secret, hash);
      replaced ??= store.commandAtOnce(['secret', 'rotate']).code;
      return sealed;
    },
  };
  const consumerKeys = consumerKeyService({ store: consumerKeyStore(database), sealing });
  return {
    administration: keyAdministration({
      database,
      consumerKeys,
      audit,
      lifetimes: ANY_LIFETIME,
      expectLimitsToCount: () => Promise.resolve(),
      now: Date.now,
    }),
    replacedWith: () => replaced,
  };
}
const BY = { how: 'command line' } as const;
// SQLite gives a transaction its write lock at the start, so the change waits for it and finally
// fails.
const IN_BETWEEN = onPostgres ? 0 : 1;

// Regression: the database rejected a secret that was sealed with a key it no longer knew.
test('a key is created or regenerated while the secret key is replaced', async () => {
  const before = await store.issue();
  const made = await store.on(async (services) => {
    const { administration, replacedWith } = overtaken(services);
    const owner = (await services.users.findByLogin('manager'))!;
    const issued = await administration.create(
      { owner, description: 'new', permissions: 'read', limits: NO_LIMITS },
      BY,
    );
    expect(replacedWith()).toBe(IN_BETWEEN);
    return issued as IssuedKey;
  });
  const regenerated = await store.on(async (services) => {
    const { administration, replacedWith } = overtaken(services);
    const owner = (await services.users.findByLogin('manager'))!;
    const key = (await services.consumerKeys.find(before.keyId))!;
    const issued = await administration.replace(key, owner, 0, BY);
    expect(replacedWith()).toBe(IN_BETWEEN);
    return issued as IssuedKey;
  });
  const keys = [made, regenerated];
  expect(await secretsOf(keys)).toEqual(keys.map((key) => key.consumerSecret));
  expect((await store.command(['secret', 'rotate'])).code).toBe(0);
  expect(await secretsOf(keys)).toEqual(keys.map((key) => key.consumerSecret));
});
