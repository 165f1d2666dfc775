import type { Actor } from '../../server/administration/actor';
import type { NewKey } from '../../server/administration/key-administration';
import { DAY_MS } from '../../server/consumer-keys/key-lifetime';
import { NO_LIMITS, type KeyLimits } from '../../server/consumer-keys/key-limits';
import type { OpenStore } from '../../server/open-store';
import { userErrorOf } from '../../server/errors/user-error';
import type { Services } from '../../server/services';
import { olderServers } from '../../server/storage/older-servers';
import { keyHolders, KNOWS } from '../../server/storage/key-holders';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { onPostgres } from '../support/store/test-database';

const BY: Actor = { how: 'command line' };
const NAME = 'shop-2, process 77, version 0.2.0';
const DAYS_90 = () => Date.now() + 90 * DAY_MS;

let store: ProcessStore;
beforeEach(async () => (store = await processStore()));
afterEach(() => store.clear());

type Opened = OpenStore & Services;
type Holder = Readonly<Record<string, string | number | null>>;

/** Runs `work` while another server runs on the database, which recorded `holder` about itself. */
function besideServer<T>(holder: Holder, work: (opened: Opened) => Promise<T>): Promise<T> {
  return store.on(async ({ database: other }) => {
    await other.knex('secret_key_holders').insert({ lease: other.lease.id, key_ids: 'x', ...holder });
    return store.on(work);
  });
}

async function newKey({ users }: Opened, limits: Partial<KeyLimits> = {}): Promise<NewKey> {
  const owner = (await users.findByLogin('manager'))!;
  return { owner, description: 'a key', permissions: 'read_write', limits: { ...NO_LIMITS, ...limits } };
}

const count = async ({ consumerKeys, audit }: Opened) => [
  (await consumerKeys.list()).length,
  (await audit.list(100)).length,
];

const LIMITS: readonly (readonly [what: string, limits: () => Partial<KeyLimits>])[] = [
  ['an end', () => ({ expiresAt: DAYS_90() })],
  ['groups', () => ({ resources: ['orders'] })],
  ['addresses', () => ({ addresses: ['203.0.113.0/24'] })],
];

describe('while a server runs that records nothing of what it knows', () => {
  test.each(LIMITS)(
    'a new key with %s is rejected, and the error names the server',
    async (_what, limits) => {
      await besideServer({ server: NAME }, async (opened) => {
        const before = await count(opened);
        const key = await newKey(opened, limits());
        const error = await userErrorOf(() => opened.keyAdministration.create(key, BY));
        expect(error).toEqual({
          field: 'limits',
          key: 'key.error.older_server',
          values: { count: 1, servers: NAME },
        });
        expect(await count(opened)).toEqual(before);
      });
    },
  );

  test.each(LIMITS)('a key that exists cannot be limited by %s', async (_what, limits) => {
    await besideServer({}, async (opened) => {
      const to = await newKey(opened);
      const { keyId } = (await opened.keyAdministration.create(to, BY)) as { keyId: number };
      const key = (await opened.consumerKeys.find(keyId))!;
      const before = await count(opened);
      const change = { ...to, limits: { ...NO_LIMITS, ...limits() } };
      const error = await userErrorOf(() => opened.keyAdministration.change(key, to.owner, change, BY));
      expect(error?.key).toBe('key.error.older_server');
      expect([await opened.consumerKeys.find(keyId), await count(opened)]).toEqual([key, before]);
    });
  });

  test('a key is not replaced with an overlap, and is with none', async () => {
    await besideServer({}, async (opened) => {
      const to = await newKey(opened);
      const { keyId } = (await opened.keyAdministration.create(to, BY)) as { keyId: number };
      const key = (await opened.consumerKeys.find(keyId))!;
      const replace = (overlap: number) => opened.keyAdministration.replace(key, to.owner, overlap, BY);
      expect((await userErrorOf(() => replace(DAY_MS)))?.key).toBe('key.error.older_server');
      expect(await opened.consumerKeys.list()).toEqual([key]);
      expect(await replace(0)).toMatchObject({ keyId });
    });
  });

  test('keys without limits are made, their permissions lowered, and limits removed, as before', async () => {
    const limited = await store.on(async (opened) =>
      opened.keyAdministration.create(await newKey(opened, { resources: ['orders'] }), BY),
    );
    await besideServer({}, async (opened) => {
      const to = await newKey(opened);
      const made = (await opened.keyAdministration.create(to, BY)) as { keyId: number };
      const keyOf = async ({ keyId }: { keyId: number }) => (await opened.consumerKeys.find(keyId))!;
      const change = async (which: { keyId: number }, over: Partial<NewKey>) => {
        const key = await keyOf(which);
        return opened.keyAdministration.change(key, to.owner, { ...key, ...to, ...over }, BY);
      };
      expect(await change(made, { permissions: 'read' })).toBe('changed');
      const { limits } = await keyOf(limited as { keyId: number });
      expect(await change(limited as { keyId: number }, { limits, permissions: 'write' })).toBe('changed');
      expect(await change(limited as { keyId: number }, { limits: NO_LIMITS })).toBe('changed');
    });
  });
});

test('a limit is accepted when the lease of the older server is gone', async () => {
  const lease = await besideServer({}, async (opened) => {
    expect(await olderServers(opened.database)).toHaveLength(1);
    return (await opened.database.knex('secret_key_holders').first<{ lease: string }>('lease')).lease;
  });
  await store.on(async (opened) => {
    // The row of a server that died is still there.
    expect(await opened.database.knex('secret_key_holders').where({ lease })).toHaveLength(1);
    const key = await newKey(opened, { resources: ['orders'] });
    expect(await opened.keyAdministration.create(key, BY)).toHaveProperty('keyId');
  });
});

test.each<[string, Holder, number]>([
  ['knows less', { knows: KNOWS - 1 }, 1],
  ['knows as much', { knows: KNOWS }, 0],
  ['knows more', { knows: KNOWS + 1 }, 0],
])('a running server that %s is compared by what it knows', async (_what, holder, older) => {
  await besideServer({ ...holder, server: NAME }, async ({ database }) => {
    expect(await olderServers(database)).toEqual(older === 0 ? [] : [NAME]);
  });
});

test('a server of this version records what it knows, and its machine, process and version', async () => {
  await store.on(async ({ database, secretKey }) => {
    const withdraw = await keyHolders(database, secretKey).announce();
    expect(await olderServers(database)).toEqual([]);
    const [described] = await olderServers(database, KNOWS + 1);
    expect(described).toMatch(new RegExp(`^\\S+, process ${process.pid}, version \\d+\\.\\d+\\.\\d+`));
    await withdraw();
    expect(await olderServers(database, KNOWS + 1)).toEqual([]);
  });
});

test('a server that recorded no name is described by its process or connection, its key file and its lease', async () => {
  await besideServer({ key_file: '66:1234:/etc/wc-auth/secret:key' }, async ({ database }) => {
    const [described] = await olderServers(database);
    expect(described).toMatch(
      onPostgres
        ? /^connected from [\d.:a-f]+ since \S+Z, secret key in \/etc\/wc-auth\/secret:key, lease \S+$/
        : new RegExp(`^process ${process.pid}, secret key in /etc/wc-auth/secret:key, lease \\S+$`),
    );
  });
});

test('several older servers are all named', async () => {
  await besideServer({ server: 'shop-1' }, ({ database: first }) =>
    besideServer({ server: 'shop-2' }, async (opened) => {
      expect(await olderServers(first)).toHaveLength(2);
      const key = await newKey(opened, { resources: ['orders'] });
      const error = await userErrorOf(() => opened.keyAdministration.create(key, BY));
      expect(error?.values?.['count']).toBe(2);
      expect(String(error?.values?.['servers']).split('; ').toSorted()).toEqual(['shop-1', 'shop-2']);
    }),
  );
});
