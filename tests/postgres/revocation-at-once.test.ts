import http from 'node:http';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { basic, REVOKE } from '../support/scenes/revocation-scene';
import type { ServerProcess } from '../support/store/server-process';
import { describeOnPostgres } from '../support/store/on-engine';

// "Takes effect at once: no request verified after the answer was sent is accepted, on any
// instance."

const ROUNDS = 1_000;
/** Rounds that run at the same time, so that the processes disturb each other. */
const LANES = 4;
const VERIFY = '/wc-auth/v1/verify';

describeOnPostgres('three servers on one PostgreSQL', () => {
  const agent = new http.Agent({ keepAlive: true });
  let store: ProcessStore;
  let servers: readonly ServerProcess[];
  const keys: IssuedKey[] = [];
  beforeAll(async () => {
    store = await processStore({ STORE_URL: 'https://store.test', FAILED_KEYS_PER_ADDRESS: '1000000' });
    await store.on(async ({ consumerKeys }) => {
      const request = { userId: 1, description: 'a key', permissions: 'read', now: Date.now() } as const;
      for (let round = 0; round < ROUNDS; round++) keys.push(await consumerKeys.issue(request));
    });
    servers = await Promise.all([store.serve(), store.serve(), store.serve()]);
  }, 60_000);
  afterAll(async () => {
    agent.destroy();
    await store.clear();
  });

  function statusOf(server: ServerProcess, method: string, path: string, key: IssuedKey): Promise<number> {
    return new Promise((resolve, reject) => {
      const headers = { ...basic(key), 'x-forwarded-proto': 'https' };
      const request = http.request(server.url + path, { method, headers, agent }, (response) => {
        resolve(response.statusCode ?? 0);
        response.on('error', reject).resume();
      });
      request.on('error', reject).end();
    });
  }

  /**
   * Verifies a key at all three in a loop while one of them revokes it. Counts the requests
   * accepted after the answer.
   */
  async function race(key: IssuedKey, revoker: ServerProcess) {
    let answered = false;
    let late = 0;
    let lateAccepted = 0;
    const loops = servers.map((server) => {
      let taken = (): void => undefined;
      const firstTaken = new Promise<void>((resolve) => (taken = resolve));
      const done = (async () => {
        for (let after = 0; after < 2;) {
          const sentAfter = answered;
          const status = await statusOf(server, 'GET', VERIFY, key);
          if (![200, 401].includes(status)) throw new Error(`verify answered ${status}`);
          if (status === 200) taken();
          if (!sentAfter) continue;
          after += 1;
          late += 1;
          if (status === 200) lateAccepted += 1;
        }
      })();
      return { firstTaken, done };
    });
    const all = Promise.all(loops.map(({ done }) => done));
    // The key worked at each server until then. A loop that fails, fails the round.
    await Promise.race([Promise.all(loops.map(({ firstTaken }) => firstTaken)), all]);
    const status = await statusOf(revoker, 'POST', REVOKE, key);
    answered = true;
    await all;
    return { status, late, lateAccepted };
  }

  test(`reject each of ${ROUNDS} keys after its revocation is answered, while all of them verify it`, async () => {
    const left = keys.map((key, index) => ({ key, revoker: servers[index % 3]! }));
    const rounds: Awaited<ReturnType<typeof race>>[] = [];
    const lane = async () => {
      for (let one = left.pop(); one; one = left.pop()) rounds.push(await race(one.key, one.revoker));
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    expect(rounds).toHaveLength(ROUNDS);
    expect(new Set(rounds.map(({ status }) => status))).toEqual(new Set([200]));
    const sum = (of: 'late' | 'lateAccepted') => rounds.reduce((total, round) => total + round[of], 0);
    expect([sum('late'), sum('lateAccepted')]).toEqual([ROUNDS * 6, 0]);
  }, 240_000);
});
