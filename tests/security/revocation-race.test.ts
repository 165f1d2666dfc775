import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { openStore } from '../../server/open-store';
import { createServices } from '../../server/services';
import { basic, PILOT, REVOKE } from '../support/scenes/revocation-scene';
import { environment, startServerProcess, type ServerProcess } from '../support/store/server-process';

// "Takes effect at once: no request verified after the answer was sent is accepted, on any
// instance."

const ROUNDS = 1_000;
/** Rounds that run at the same time, so that the processes disturb each other. */
const LANES = 4;
const VERIFY = '/wc-auth/v1/verify';
// The tests act as a proxy that ends TLS.
// The test needs thousands of rejections from one address.
const ENV = {
  TRUST_PROXY: 'loopback',
  STORE_URL: 'https://store.test',
  FAILED_KEYS_PER_ADDRESS: '1000000',
};

let folder: string;
let keys: IssuedKey[];
let servers: ServerProcess[] = [];
const agent = new http.Agent({ keepAlive: true });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-revocation-race-'));
  keys = await makeKeys();
  servers = await Promise.all([0, 1, 2].map(() => startServerProcess(folder, ENV)));
}, 60_000);

afterAll(async () => {
  agent.destroy();
  for (const server of servers) server.kill('SIGTERM');
  await Promise.all(servers.map(({ ended }) => ended));
  rmSync(folder, { recursive: true });
});

async function makeKeys(): Promise<IssuedKey[]> {
  const config = readConfig(environment(folder, ENV));
  const store = await openStore(config);
  const { users, consumerKeys } = createServices({ ...store, sessionLimits: config.session });
  const manager = { login: 'manager', email: 'manager@store.test', role: 'administrator' } as const;
  const { userId } = await users.add({ ...manager, password: 'correct horse battery', now: Date.now() });
  const made = await store.database.knex.transaction(async (within) => {
    const request = { userId, description: 'a key', permissions: 'read', now: Date.now() } as const;
    const issued: IssuedKey[] = [];
    for (let round = 0; round < ROUNDS; round += 1)
      issued.push(
        await consumerKeys.issue({ ...request, app: { ...PILOT, appUserId: String(round) } }, within),
      );
    return issued;
  });
  await store.database.close();
  return made;
}

interface Round {
  /** Requests that were accepted before the answer arrived, by process. */
  readonly accepted: readonly number[];
  /** Requests in progress when the answer arrived, whatever their result. */
  readonly overlapping: number;
  /** Requests that started after the answer: how many, and how many were accepted. */
  readonly startedAfter: number;
  readonly acceptedAfter: number;
}

/** Verifies a key in a loop in two processes while the third revokes it. */
async function race(key: IssuedKey): Promise<Round> {
  const [revoking, ...verifying] = servers as [ServerProcess, ServerProcess, ServerProcess];
  const accepted = verifying.map(() => 0);
  let answered = false;
  let [underWay, overlapping, startedAfter, acceptedAfter] = [0, 0, 0, 0];

  const loops = verifying.map((server, index) => {
    let taken = (): void => undefined;
    const firstTaken = new Promise<void>((resolve) => (taken = resolve));
    const done = (async () => {
      // Until two requests that started after the answer have returned.
      for (let after = 0; after < 2;) {
        const late = answered;
        underWay += 1;
        const status = await statusOf(server, 'GET', VERIFY, key);
        underWay -= 1;
        if (![200, 401].includes(status)) throw new Error(`verify answered ${status}`);
        if (late) {
          after += 1;
          startedAfter += 1;
          if (status === 200) acceptedAfter += 1;
        } else if (status === 200) {
          accepted[index] = (accepted[index] ?? 0) + 1;
          taken();
        } else if (accepted[index] === 0) throw new Error('the key never worked');
      }
    })();
    return { firstTaken, done };
  });

  await Promise.race([
    Promise.all(loops.map(({ firstTaken }) => firstTaken)),
    // Fails the round when a loop fails.
    Promise.all(loops.map(({ done }) => done)),
  ]);
  const status = await statusOf(revoking, 'POST', REVOKE, key, () => {
    answered = true;
    overlapping = underWay;
  });
  if (status !== 200) throw new Error(`revoke answered ${status}`);
  await Promise.all(loops.map(({ done }) => done));
  return { accepted, overlapping, startedAfter, acceptedAfter };
}

/** Calls `arrived` when the head of the answer is there. */
function statusOf(
  { url }: ServerProcess,
  method: string,
  path: string,
  key: IssuedKey,
  arrived: () => void = () => undefined,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { ...basic(key), 'x-forwarded-proto': 'https' };
    const request = http.request(url + path, { method, headers, agent }, (response) => {
      arrived();
      response.on('error', reject).on('end', () => {
        resolve(response.statusCode ?? 0);
      });
      response.resume();
    });
    request.on('error', reject).end();
  });
}

test(`rejects each of ${ROUNDS} keys after its revocation is answered, while two processes verify it in a loop`, async () => {
  const left = [...keys];
  const rounds: Round[] = [];
  const lane = async () => {
    for (let key = left.pop(); key; key = left.pop()) rounds.push(await race(key));
  };
  await Promise.all(Array.from({ length: LANES }, lane));

  const sum = (of: (round: Round) => number) => rounds.reduce((total, round) => total + of(round), 0);
  expect(rounds).toHaveLength(ROUNDS);
  expect(sum(({ acceptedAfter }) => acceptedAfter)).toBe(0);
  expect(sum(({ startedAfter }) => startedAfter)).toBe(ROUNDS * 4);
  // The race took place: every key worked in both processes before, and most answers met a request
  // in progress.
  expect(rounds.every(({ accepted }) => accepted.every((count) => count > 0))).toBe(true);
  expect(sum(({ overlapping }) => Math.min(overlapping, 1))).toBeGreaterThan(ROUNDS / 2);
}, 300_000);
