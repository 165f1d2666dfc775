import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { httpBrowser } from '../support/http/http-browser';
import { basicHeader, eventually } from '../support/scenes/rest-scene';
import {
  ended,
  environment,
  run,
  startServerProcess,
  type ServerProcess,
} from '../support/store/server-process';

// Two server processes on one database, as behind a load balancer.

const FAILURES = 4;
const WRONG = basicHeader({ consumerKey: `ck_${'0'.repeat(40)}`, consumerSecret: `cs_${'0'.repeat(40)}` });

let folder: string;
let servers: ServerProcess[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-two-'));
  const env = {
    TRUST_PROXY: 'loopback',
    SIGN_IN_FAILURES: String(FAILURES),
    FAILED_KEYS_PER_ADDRESS: String(FAILURES),
  };
  const init = ['init', 'manager', '--email', 'm@store.test', '--password-stdin'];
  const made = run('cli/main.ts', init, folder, environment(folder));
  made.stdin.end('correct horse battery');
  expect((await ended(made)).code).toBe(0);
  servers = await Promise.all([startServerProcess(folder, env), startServerProcess(folder, env)]);
}, 60_000);
afterAll(async () => {
  for (const server of servers) server.kill('SIGTERM');
  await Promise.all(servers.map((server) => server.ended));
  rmSync(folder, { recursive: true });
});

/** Returns the sum of all counts in the file. */
function counted(): number {
  const connection = new Sqlite(join(folder, 'store.sqlite'), { readonly: true });
  const times = connection.prepare('select coalesce(sum(times), 0) from throttle_counts').pluck().get();
  connection.close();
  return times as number;
}

test('counts wrong passwords at either process for both', async () => {
  const guess = async ({ url }: ServerProcess): Promise<number> => {
    const browser = httpBrowser(url);
    const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
    return (await browser.post('/login', { ...fields, username: 'manager', password: 'wrong' })).status;
  };
  const [one, other] = servers as [ServerProcess, ServerProcess];
  for (let time = 0; time < FAILURES / 2; time++)
    expect([await guess(one), await guess(other)]).toEqual([200, 200]);
  expect([await guess(one), await guess(other)]).toEqual([429, 429]);
});

test('counts wrong keys at either process for both, as soon as they are saved', async () => {
  const guess = async ({ url }: ServerProcess): Promise<number> => {
    const headers = { [WRONG[0]]: WRONG[1], 'x-forwarded-proto': 'https' };
    return (await httpBrowser(url).get('/wp-json/wc/v3/orders', headers)).status;
  };
  const [one, other] = servers as [ServerProcess, ServerProcess];
  const before = counted();
  for (let time = 0; time < FAILURES; time++) expect(await guess(one)).toBe(401);
  await eventually(() => (counted() === before + FAILURES ? true : undefined), 10_000);
  // This is the only wrong key that this server receives.
  expect(await guess(other)).toBe(429);
});
