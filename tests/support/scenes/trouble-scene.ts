import type { IssuedKey } from '../../../server/consumer-keys/consumer-key-service';
import { ask, grant } from './grant-scene';
import { httpBrowser, type Answer, type HttpBrowser } from '../http/http-browser';
import { startHttpsReceiver } from '../http/https-receiver';
import type { ProcessStore } from '../store/process-store';
import { eventually, signedTarget } from './rest-scene';
import { basic, REVOKE } from './revocation-scene';
import type { ServerProcess } from '../store/server-process';

/**
 * The longest time of a request, whatever the database does: two waits of a statement, on a slow
 * machine.
 */
export const ANSWERED_WITHIN_MS = 15_000;
/**
 * Settings for the servers of a scene. The server tries to save a delivered grant for as long as
 * its key verifies, and the manager waits for that: at most this time and five seconds.
 */
export const SHORT_CALLBACKS = { CALLBACK_TIMEOUT_MS: '3000' };
const SAVED_WITHIN_MS = 8_000;
const API = '/wp-json/wc/v3/products';
/** The answer of a server without an API behind it, to any request. */
const ACCEPTED = 404;
const OVER_TLS = { 'x-forwarded-proto': 'https', host: 'store.test' };

const SPARE_KEYS = 200;

type Pair = Pick<IssuedKey, 'consumerKey' | 'consumerSecret'>;

/** The result of a round of requests: how many succeeded, and how many got 503. */
export interface Round {
  readonly worked: number;
  readonly unavailable: number;
}

/**
 * All requests of apps and managers, with the answers that are allowed while the database is in
 * trouble.
 */
export interface TroubleScene {
  /**
   * Sends one request of each kind, all at once. Each must get its normal answer or 503 with
   * Retry-After, in time. What was answered as done counts from then on.
   * @throws if one gets another answer
   */
  round(at?: ServerProcess): Promise<Round>;
  /** Waits until a whole round succeeds. */
  recovered(at?: ServerProcess): Promise<void>;
  /** Compares everything that was answered as done with the current answers. */
  checkAllAnswered(at?: ServerProcess): Promise<void>;
  /** Whether another process would treat the server as dead, because its lease is gone. */
  looksDead(): Promise<boolean>;
  close(): Promise<void>;
}

export async function troubleScene(store: ProcessStore, server: ServerProcess): Promise<TroubleScene> {
  const app = await startHttpsReceiver();
  const [key, revoked] = [await store.issue('a good key'), await store.issue('a revoked one')];
  const lease = await store.on(async ({ database }) => {
    const [row] = await database.knex<{ lease: string }>('secret_key_holders').select('lease');
    return row?.lease ?? '';
  });
  const manager = await store.signIn(server);
  const done = { granted: [] as Pair[], revoked: [] as Pair[], spent: [] as string[] };
  const spare: IssuedKey[] = [];

  const verify = (at: ServerProcess, pair: Pair) =>
    httpBrowser(at.url).get(API, { ...OVER_TLS, ...basic(pair) });
  const useNonce = (at: ServerProcess, target: string) => httpBrowser(at.url).get(target, OVER_TLS);
  const revoke = (at: ServerProcess, pair: Pair) =>
    httpBrowser(at.url).send('POST', REVOKE, { headers: { ...OVER_TLS, ...basic(pair) } });
  const signed = () =>
    signedTarget(key, {
      path: API,
      timestamp: Math.floor(Date.now() / 1000),
      origin: 'https://store.test',
    });
  const at = (other: ServerProcess): HttpBrowser => httpBrowser(other.url, manager.cookies);

  /** Whether the request succeeded. */
  async function expectAnswer(
    what: string,
    right: number,
    request: () => Promise<Answer>,
    withinMs = ANSWERED_WITHIN_MS,
  ): Promise<boolean> {
    const started = performance.now();
    const { status, headers, body } = await request();
    const ms = Math.round(performance.now() - started);
    if (ms > withinMs) throw new Error(`${what} was answered after ${ms} ms`);
    if (status === right) return true;
    if (status === 503 && Number(headers['retry-after']) > 0) return false;
    throw new Error(`${what} was answered ${status}: ${body.slice(0, 600)}`);
  }

  async function revokeOne(to: ServerProcess): Promise<boolean> {
    const one = spare.pop();
    if (!one) throw new Error('there is no key left to be revoked');
    if (!(await expectAnswer('a revocation', 200, () => revoke(to, one)))) return false;
    done.revoked.push(one);
    return true;
  }

  async function grantOne(to: ServerProcess): Promise<boolean> {
    const appUser = `merchant-${Math.random()}`;
    const parameters = ask({ callback_url: app.url(), user_id: appUser });
    const granted = await expectAnswer(
      'a grant',
      302,
      () => grantOrTrouble(at(to), parameters),
      // The page of the grant, its decision, and the result.
      ANSWERED_WITHIN_MS + SAVED_WITHIN_MS,
    );
    if (!granted) return false;
    const fields = app.received().map(({ body }) => JSON.parse(body) as Record<string, string>);
    const own = fields.find(({ user_id }) => user_id === appUser);
    if (!own) throw new Error('a grant was answered as given, and its app has no key');
    done.granted.push({ consumerKey: own['consumer_key']!, consumerSecret: own['consumer_secret']! });
    return true;
  }

  async function spendOne(to: ServerProcess): Promise<boolean> {
    const target = signed();
    if (!(await expectAnswer('a new nonce', ACCEPTED, () => useNonce(to, target)))) return false;
    done.spent.push(target);
    return true;
  }

  const scene: TroubleScene = {
    async round(to = server) {
      const results = await Promise.allSettled([
        expectAnswer('a good key', ACCEPTED, () => verify(to, key)),
        expectAnswer('a revoked key', 401, () => verify(to, revoked)),
        expectAnswer('a used nonce', 401, () => useNonce(to, done.spent[0]!)),
        expectAnswer('the list of keys', 200, () => at(to).get('/keys')),
        signIn(to),
        spendOne(to),
        revokeOne(to),
        grantOne(to),
      ]);
      const wrong = results.filter((result) => result.status === 'rejected');
      if (wrong.length > 0) throw new Error(wrong.map(({ reason }) => String(reason)).join('\n'));
      const worked = results.filter((result) => result.status === 'fulfilled' && result.value).length;
      return { worked, unavailable: results.length - worked };
    },
    async recovered(to = server) {
      await eventually(async () => ((await scene.round(to)).unavailable === 0 ? true : undefined), 30_000);
    },
    async checkAllAnswered(to = server) {
      expect(Math.min(done.granted.length, done.revoked.length, done.spent.length)).toBeGreaterThan(0);
      for (const pair of done.granted) expect((await verify(to, pair)).status).toBe(ACCEPTED);
      for (const pair of done.revoked) expect((await verify(to, pair)).status).toBe(401);
      for (const target of done.spent) expect((await useNonce(to, target)).status).toBe(401);
    },
    looksDead: () => store.on(({ database }) => database.lease.isGone(lease)),
    async close() {
      await app.stop();
    },
  };

  async function signIn(to: ServerProcess): Promise<boolean> {
    const browser = httpBrowser(to.url);
    let page: Answer | undefined;
    if (!(await expectAnswer('the login page', 200, async () => (page = await browser.get('/login')))))
      return false;
    const { fields } = page!.form('wc_auth_csrf');
    const form = { ...fields, username: 'manager', password: 'correct horse battery' };
    return expectAnswer('a sign-in', 302, () => browser.post('/login', form));
  }

  if ((await revoke(server, revoked)).status !== 200) throw new Error('the first revocation failed');
  await store.on(async ({ consumerKeys }) => {
    const request = {
      userId: 1,
      description: 'to be revoked',
      permissions: 'read',
      now: Date.now(),
    } as const;
    for (let count = 0; count < SPARE_KEYS; count++) spare.push(await consumerKeys.issue(request));
  });
  await spendOne(server);
  return scene;
}

/** Goes from the consent page to Approve. Returns the first page that fails, if one does. */
async function grantOrTrouble(browser: HttpBrowser, parameters: ReturnType<typeof ask>): Promise<Answer> {
  let trouble: Answer | undefined;
  const watched: HttpBrowser = {
    ...browser,
    async get(...request) {
      const answer = await browser.get(...request);
      if (answer.status === 503) trouble = answer;
      return answer;
    },
  };
  return grant(watched, parameters).catch((error: unknown) => {
    if (trouble) return trouble;
    throw error;
  });
}
