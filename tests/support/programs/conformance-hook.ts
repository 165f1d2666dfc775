/**
 * The conformance runner's control channel: one JSON object per line on standard input, one per
 * line on standard output. It works on the database of the running server through the project's own
 * stores.
 */
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { readConfig } from '../../../server/config';
import { isPermissions } from '../../../server/consumer-keys/consumer-key';
import { utcDateTime } from '../../../server/consumer-keys/description';
import { openStore } from '../../../server/open-store';
import { createServices } from '../../../server/services';
import { isRole } from '../../../server/users/user';

type Args = Record<string, string | number | undefined>;
interface Call {
  id: number;
  name: string;
  args?: Args;
}

/** The longest time that the server takes to save a key's last use. */
const FLUSHED_AFTER_MS = 700;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const store = await openStore(config);
  const { knex } = store.database;
  const { users, consumerKeys } = createServices({ ...store, sessionLimits: config.session });

  const userCalled = async (args: Args) => {
    const user = await users.findByLogin(String(args['username']));
    if (!user) throw new Error('no such user');
    return user;
  };
  const keyRows = () => knex('consumer_keys').join('key_uses', (both) => void both.using('key_id'));
  // The test cases check the stored form of a key, which no store returns.
  const keyRow = (row: Record<string, unknown>) => ({
    key_id: row['key_id'],
    user_id: row['user_id'],
    description: row['description'],
    permissions: row['permissions'],
    consumer_key: row['consumer_key'],
    consumer_secret: row['consumer_secret'],
    truncated_key: row['truncated_key'],
    last_access: row['last_access'] === null ? null : utcDateTime(Number(row['last_access'])),
  });
  const permissionsOf = (args: Args) => {
    const permissions = String(args['permissions']);
    if (!isPermissions(permissions)) throw new Error('no such permissions');
    return permissions;
  };

  const hooks: Record<string, (args: Args) => Promise<unknown>> = {
    info: () => Promise.resolve({ server: 'wc-auth-server', node: process.version }),
    reset: async () => {
      const tables = ['consumer_keys', 'grant_requests', 'oauth_nonces', 'throttle_counts'];
      for (const table of tables) await knex(table).delete();
      return true;
    },
    'keys.list': async () => (await keyRows().orderBy('key_id')).map(keyRow),
    'keys.get': async (args) => {
      await wait(FLUSHED_AFTER_MS);
      const row = await keyRows().where({ key_id: args['key_id'] }).first();
      return row ? keyRow(row) : null;
    },
    'keys.create': async (args) => {
      const { userId } = await userCalled(args);
      const key = {
        userId,
        description: 'made by the hook',
        permissions: permissionsOf(args),
        now: Date.now(),
      };
      const { keyId, consumerKey, consumerSecret } = await consumerKeys.issue(key);
      return { key_id: keyId, consumer_key: consumerKey, consumer_secret: consumerSecret };
    },
    'keys.update': async (args) => {
      await knex('consumer_keys')
        .where({ key_id: args['key_id'] })
        .update({ permissions: permissionsOf(args) });
      return true;
    },
    'keys.delete': (args) => consumerKeys.remove(Number(args['key_id'])),
    'users.create': async (args) => {
      const login = String(args['username']);
      const there = await users.findByLogin(login);
      if (there) return there.userId;
      const role = String(args['role']);
      if (!isRole(role)) throw new Error('no such role');
      const email = String(args['email'] ?? `${login}@store.test`);
      const password = String(args['password']);
      return (await users.add({ login, email, role, password, now: Date.now() })).userId;
    },
    'users.delete': async (args) => {
      const user = await users.findByLogin(String(args['username']));
      if (user) await users.remove(user.userId);
      return true;
    },
    'users.role': async (args) => {
      const role = String(args['role']);
      if (!isRole(role)) throw new Error('no such role');
      return users.setRole((await userCalled(args)).userId, role);
    },
    'users.id': async (args) => (await users.findByLogin(String(args['username'])))?.userId ?? null,
  };

  for await (const line of createInterface({ input: process.stdin })) {
    const { id, name, args = {} } = JSON.parse(line) as Call;
    const hook = hooks[name];
    try {
      if (!hook) throw new Error(`no hook ${name}`);
      console.log(JSON.stringify({ id, ok: true, value: await hook(args) }));
    } catch (error) {
      console.log(JSON.stringify({ id, ok: false, error: (error as Error).message }));
    }
  }
  await store.database.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
