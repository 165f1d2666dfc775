import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../server/config';
import type { IssuedKey } from '../../../server/consumer-keys/consumer-key-service';
import { openStore, type OpenStore } from '../../../server/open-store';
import { createServices, type Services } from '../../../server/services';
import { dropDatabase, makeDatabase } from './test-database';
import { httpBrowser, type HttpBrowser } from '../http/http-browser';
import { command } from './command';
import { environment, runAtOnce, startServerProcess, type Ended, type ServerProcess } from './server-process';

const PASSWORD = 'correct horse battery';

/** A folder with a store and a manager, for processes of the server and the command line. */
export interface ProcessStore {
  readonly folder: string;
  readonly file: string;
  /** Works on the database as another process would. */
  on<T>(work: (store: OpenStore & Services) => Promise<T>): Promise<T>;
  issue(description?: string): Promise<IssuedKey>;
  serve(env?: Readonly<Record<string, string>>): Promise<ServerProcess>;
  /** Runs `wc-auth --quiet ARGS` until its end. */
  command(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Runs `wc-auth ARGS` while this process does nothing else, for changes between two steps. */
  commandAtOnce(args: readonly string[]): Ended;
  signIn(server: ServerProcess): Promise<HttpBrowser>;
  /** Kills the running processes and removes the folder. */
  clear(): Promise<void>;
}

/**
 * `base` is the environment of every process here. An empty value unsets a variable. `makeStore`
 * creates the database; without one it is SQLite.
 */
export async function processStore(
  base: Readonly<Record<string, string>> = {},
  makeStore: (folder: string) => Promise<void> | void = makeDatabase,
): Promise<ProcessStore> {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-process-store-'));
  await makeStore(folder);
  const running: ServerProcess[] = [];
  const env = (more: Readonly<Record<string, string>> = {}) =>
    environment(folder, { TRUST_PROXY: 'loopback', ...base, ...more });

  const store: ProcessStore = {
    folder,
    file: join(folder, 'store.sqlite'),
    async on(work) {
      const config = readConfig(env());
      const open = await openStore(config);
      try {
        return await work({ ...open, ...createServices({ ...open, sessionLimits: config.session }) });
      } finally {
        await open.database.close();
      }
    },
    issue: (description = 'a test') =>
      store.on(({ consumerKeys }) =>
        consumerKeys.issue({ userId: 1, description, permissions: 'read_write', now: Date.now() }),
      ),
    async serve(more = {}) {
      const server = await startServerProcess(folder, { TRUST_PROXY: 'loopback', ...base, ...more });
      running.push(server);
      return server;
    },
    command: (args, more) => command(['--quiet', ...args], folder, env(more)),
    commandAtOnce: (args) => runAtOnce(['--quiet', ...args], folder, env()),
    async signIn(server) {
      const browser = httpBrowser(server.url);
      const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
      await browser.post('/login', { ...fields, username: 'manager', password: PASSWORD });
      return browser;
    },
    async clear() {
      for (const server of running) server.kill('SIGKILL');
      await Promise.all(running.map((server) => server.ended));
      await dropDatabase(folder);
      rmSync(folder, { recursive: true });
    },
  };
  await store.on(({ users }) =>
    users.add({
      login: 'manager',
      email: 'manager@store.test',
      role: 'administrator',
      password: PASSWORD,
      now: Date.now(),
    }),
  );
  return store;
}
