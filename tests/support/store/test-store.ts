import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import pino from 'pino';
import { createApp, type App } from '../../../server/app';
import type { LookupAll } from '../../../server/callback-delivery/address-rules';
import { readConfig, type Config } from '../../../server/config';
import { openStore } from '../../../server/open-store';
import { sessionStore } from '../../../server/session/session-store';
import type { Database } from '../../../server/storage/database';
import type { Role, User } from '../../../server/users/user';
import { userStore } from '../../../server/users/user-store';
import { testCertificates, testTrust } from '../http/certificates';
import { httpBrowser, type HttpBrowser } from '../http/http-browser';
import { commonPasswordHash, PASSWORD } from './common-password';
import { borrowDatabase, databaseUrl, noteSchema, returnDatabase } from './test-database';

export { PASSWORD } from './common-password';

/** The account that every store starts with. */
export const MANAGER = 'manager';
const SECRET_KEY = 'test-secret-key-test-secret-key-0123';

export interface TestStoreOptions {
  /** Environment variables, parsed like those of an operator. */
  readonly env?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  /** Addresses by host name. Any other name does not exist. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Also listens for HTTPS, and uses that address as STORE_URL. */
  readonly tls?: boolean;
  /** Appended to STORE_URL: `/store`. */
  readonly path?: string;
  /** The folder of another store, for a second process on the same database. */
  readonly folder?: string;
  /** Starts without the account `manager`. */
  readonly empty?: boolean;
}

/** A clock that advances only when told to. */
export interface Clock {
  (): number;
  pass(milliseconds: number): void;
}

export function fakeClock(start = Date.UTC(2026, 0, 31, 9, 5, 7)): Clock {
  let at = start;
  return Object.assign(() => at, { pass: (milliseconds: number) => void (at += milliseconds) });
}

export interface TestStore {
  /** STORE_URL without a final slash. With `tls`: the address of plain HTTP. */
  readonly url: string;
  readonly tlsUrl: string;
  readonly app: App;
  readonly config: Config;
  readonly database: Database;
  readonly file: string;
  readonly folder: string;
  /** Every logged line, parsed. */
  readonly logs: readonly Record<string, unknown>[];
  /** Every host name that was looked up. */
  readonly lookups: readonly string[];
  browser(base?: string): HttpBrowser;
  addUser(login: string, role: Role): Promise<User>;
  userOf(login?: string): Promise<User>;
  /**
   * Returns a signed-in browser, for tests that are not about signing in. It opens the session without
   * the form, because a comparison of passwords is slow on purpose.
   */
  signIn(login?: string, base?: string): Promise<HttpBrowser>;
  /** Returns a browser that signed in through the real form. */
  signInByForm(login?: string, base?: string): Promise<HttpBrowser>;
  close(): Promise<void>;
}

/**
 * Starts the real app with a real database and a real listening server. Only clock, lookups and log
 * are replaced.
 */
export async function startTestStore(options: TestStoreOptions = {}): Promise<TestStore> {
  const { clock, hosts = { localhost: '127.0.0.1' }, tls = false, path = '' } = options;
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'wc-auth-test-store-'));
  const file = join(folder, 'store.sqlite');
  const logs: Record<string, unknown>[] = [];
  const lookups: string[] = [];

  const servers = [http.createServer(), ...(tls ? [https.createServer(testCertificates().app)] : [])];
  const [plainPort, tlsPort] = await Promise.all(servers.map(listen));
  const url = `http://127.0.0.1:${plainPort}${path}`;
  const tlsUrl = `https://127.0.0.1:${tlsPort}${path}`;

  const config = readConfig({
    STORE_URL: tls ? tlsUrl : url,
    DATABASE_URL: options.folder === undefined ? await borrowDatabase(folder) : databaseUrl(folder),
    SECRET_KEY,
    CALLBACK_ALLOW_HOSTS: 'localhost',
    ...options.env,
  });
  const opened = await openStore(config);
  const { database } = opened;
  if (options.folder === undefined) await noteSchema(folder, database.knex);
  const app = createApp({
    ...opened,
    config,
    log: pino({ level: config.logLevel }, sink(logs)),
    lookup: lookupIn(hosts, lookups),
    callbackContext: testTrust,
    ...(clock === undefined ? {} : { now: clock }),
  });
  await app.janitor.discardUndelivered();
  for (const server of servers) server.on('request', app.listener);

  const store: TestStore = {
    url,
    tlsUrl,
    app,
    config,
    database,
    file,
    folder,
    logs,
    lookups,
    browser: (base = url) => httpBrowser(base),
    addUser: async (login, role) =>
      userStore(database).insert(
        {
          login,
          email: `${login}@store.test`,
          name: login,
          role,
          passwordHash: await commonPasswordHash(),
          createdAt: (clock ?? Date.now)(),
        },
        database.knex,
      ),
    async userOf(login = MANAGER) {
      const user = await app.users.findByLogin(login);
      if (!user) throw new Error(`no user ${login}`);
      return user;
    },
    async signIn(login = MANAGER, base = tls ? tlsUrl : url) {
      const browser = httpBrowser(base);
      const { userId } = await store.userOf(login);
      const visitor = { now: (clock ?? Date.now)(), address: '127.0.0.1', userAgent: '' };
      const token = await sessionStore(database, config.session).open(userId, visitor);
      await app.audit.record({
        event: 'session.signed_in',
        at: visitor.now,
        userId,
        login,
        address: '127.0.0.1',
      });
      const prefix = !base.startsWith('https:') ? '' : path === '' ? '__Host-' : '__Secure-';
      browser.cookies.set(`${prefix}wc_auth_session`, token);
      return browser;
    },
    async signInByForm(login = MANAGER, base = tls ? tlsUrl : url) {
      const browser = httpBrowser(base);
      const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
      const answer = await browser.post('/login', { ...fields, username: login, password: PASSWORD });
      if (answer.status !== 302) throw new Error(`could not sign in: ${answer.status}`);
      return browser;
    },
    async close() {
      await Promise.all(
        servers.map(async (server) => {
          server.close();
          server.closeAllConnections();
          await once(server, 'close');
        }),
      );
      await database.close();
      if (options.folder !== undefined) return;
      await returnDatabase(folder);
      rmSync(folder, { recursive: true });
    },
  };
  if (!options.empty && options.folder === undefined) await store.addUser(MANAGER, 'administrator');
  return store;
}

async function listen(server: http.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function sink(lines: Record<string, unknown>[]): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().trim().split('\n')) lines.push(JSON.parse(line));
      done();
    },
  });
}

function lookupIn(hosts: Readonly<Record<string, string>>, lookups: string[]): LookupAll {
  return (hostname, _options, callback) => {
    lookups.push(hostname);
    const address = hosts[hostname.replace(/\.$/, '')];
    const error = Object.assign(new Error('no such host'), { code: 'ENOTFOUND' });
    if (address === undefined) setImmediate(callback, error, []);
    else setImmediate(callback, null, [{ address, family: address.includes(':') ? 6 : 4 }]);
  };
}

/** Whether this browser's session is valid, as the one route for programs reports it. */
export async function isSignedIn(browser: HttpBrowser): Promise<boolean> {
  return (await browser.get('/wc-auth/v1/logout', { accept: 'application/json' })).status === 200;
}
