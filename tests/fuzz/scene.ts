import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { openStore } from '../../server/open-store';
import { createServices } from '../../server/services';
import { httpBrowser, type HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver } from '../support/http/https-receiver';
import { startUpstream } from '../support/scenes/rest-scene';
import { environment } from '../support/store/server-process';
import { MARKUP } from './ask';
import { startFuzzedServer } from './server';

export const PASSWORD = 'correct horse battery';
export const STORE_ORIGIN = 'http://store.test';
/** How many of the latest rows of a table are kept, and the column that orders them. */
const KEPT = [
  ['consumer_keys', 200, 'rowid', 'rowid'],
  ['users', 40, 'rowid', 'rowid'],
  ['audit_events', 2_000, 'rowid', 'rowid'],
  ['sessions', 200, 'rowid', 'rowid'],
  ['oauth_nonces', 1_000, 'nonce_hash', 'expires_at'],
] as const;

export type Scene = Awaited<ReturnType<typeof setScene>>;

/**
 * A server process in full use: its upstream, an app that receives callbacks, signed-in users and
 * their keys.
 */
export async function setScene() {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-fuzz-'));
  const upstream = await startUpstream((request, response) => {
    request.resume();
    response.writeHead(200, { 'Content-Type': 'application/json', 'X-Content-Type-Options': 'nosniff' });
    response.end('{"from":"upstream"}');
  });
  const receiver = await startHttpsReceiver();
  const env = {
    STORE_URL: STORE_ORIGIN,
    STORE_NAME: `Fuzz ${MARKUP}`,
    TRUST_PROXY: 'loopback',
    UPSTREAM_URL: upstream.url,
    CALLBACK_TIMEOUT_MS: '2000',
    OAUTH_DEBUG: '1',
    // High limits, so that requests reach the code behind the throttles.
    SIGN_IN_FAILURES: '1000000',
    SIGN_IN_FAILURES_PER_ADDRESS: '1000000',
    SIGN_IN_FAILURES_PER_ACCOUNT: '1000000',
    FAILED_KEYS_PER_ADDRESS: '1000000000',
  };
  const server = await startFuzzedServer(folder, env);
  const config = readConfig(environment(folder, env));
  const store = await openStore(config);
  const { knex } = store.database;
  const services = createServices({ ...store, sessionLimits: config.session });
  const { users, consumerKeys } = services;

  async function account(login: string): Promise<number> {
    const role = 'administrator';
    const found = await users.findByLogin(login);
    if (found && found.role === role && found.disabledAt === null) return found.userId;
    if (found) {
      await users.setDisabled(found.userId, null);
      await users.setRole(found.userId, role);
      return found.userId;
    }
    const person = {
      login,
      email: `${login}@store.test`,
      name: `${login} ${MARKUP}`,
      role,
      password: PASSWORD,
    } as const;
    return (await users.add({ ...person, now: Date.now() })).userId;
  }

  async function key(userId: number): Promise<IssuedKey> {
    const app = { appName: `App ${MARKUP}`, callbackOrigin: 'https://app.example', appUserId: MARKUP };
    return consumerKeys.issue({
      userId,
      description: `Key ${MARKUP}`,
      permissions: 'read_write',
      now: Date.now(),
      app,
    });
  }

  return {
    server,
    env,
    callbacks: ['', '/no', '/reset', '/garbage', '/moved'].map((path) => receiver.url(path || '/ok')),
    account,
    key,
    /**
     * Whether this key is as it was made. A user who may manage every key may have changed or
     * revoked it.
     */
    async hasKey({ keyId }: IssuedKey): Promise<boolean> {
      return (await consumerKeys.find(keyId))?.permissions === 'read_write';
    },
    stranger: () => httpBrowser(server.url),
    /** Signs in through the real form. */
    async signIn(login: string): Promise<HttpBrowser> {
      const browser = httpBrowser(server.url);
      const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
      const answer = await browser.post('/login', { ...fields, username: login, password: PASSWORD });
      if (answer.status === 302) return browser;
      // Another administrator may have changed the password.
      await users.setPassword(await account(login), PASSWORD);
      await browser.post('/login', { ...fields, username: login, password: PASSWORD });
      return browser;
    },
    /** Keeps the tables at the size of a small store, so that time and memory can be compared. */
    async tidy(): Promise<void> {
      for (const [table, most, column, latest] of KEPT)
        await knex(table)
          .whereNotIn(column, knex(table).select(column).orderBy(latest, 'desc').limit(most))
          .delete();
      receiver.clear();
      receiver.program({ status: 500 }, '/no');
      receiver.program({ mode: 'reset' }, '/reset');
      receiver.program({ mode: 'garbage' }, '/garbage');
      receiver.program({ status: 302, headers: { location: 'https://app.example/' } }, '/moved');
    },
    /** Returns whether this key is accepted at a protected route. */
    verifies: ({ consumerKey, consumerSecret }: IssuedKey) =>
      new Promise<boolean>((resolve, reject) => {
        const headers = {
          'x-forwarded-proto': 'https',
          'x-forwarded-for': '198.51.100.250',
          authorization: `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`,
        };
        http
          .get(`${server.url}/wp-json/wc/v3/products`, { headers, agent: false }, (answer) => {
            answer.resume();
            resolve(answer.statusCode === 200);
          })
          .on('error', reject);
      }),
    async close(): Promise<void> {
      await server.stop();
      await store.database.close();
      await Promise.all([upstream.close(), receiver.stop()]);
      rmSync(folder, { recursive: true });
    },
  };
}
