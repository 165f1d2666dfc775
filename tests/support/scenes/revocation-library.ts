import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { testCertificates } from '../http/certificates';
import { INSTALL_MS, installClients } from '../jest/client-packages';
import { keyIds, makeKey, PILOT, verified } from './revocation-scene';
import { startTestStore, type TestStore } from '../store/test-store';

interface Task {
  readonly issuer: string;
  readonly method: 'basic' | 'post';
  readonly clientId: string;
  readonly clientSecret: string;
  readonly token: string;
}

interface Outcome {
  readonly server: Readonly<Record<string, unknown>>;
  readonly status?: number;
  readonly body?: Readonly<Record<string, unknown>>;
  /** What the library threw. Absent if it treated the key as revoked. */
  readonly thrown?: {
    readonly name: string;
    readonly code?: string;
    readonly description?: string;
    readonly cause?: unknown;
  };
}

/** The names of the library's errors for a challenge in a header, and for an error in a body. */
export interface Thrown {
  readonly challenge: string;
  readonly rejection: string;
}

/**
 * Tests what any OAuth library can do with only the issuer. A consumer key is a client and its own
 * token.
 */
export function describeOAuthLibrary(library: string, script: string, thrown: Thrown): void {
  // Each attempt runs in its own process.
  jest.setTimeout(60_000);
  describe(library, () => {
    let store: TestStore;
    beforeAll(installClients, INSTALL_MS);
    beforeAll(async () => {
      store = await startTestStore({ tls: true });
    });
    afterAll(() => store.close());

    const METHODS = ['basic', 'post'] as const;
    const run = (task: Omit<Task, 'issuer'>, { tlsUrl } = store) =>
      inProcess(script, { issuer: tlsUrl, ...task });

    test.each([
      ['basic', ''],
      ['post', ''],
      ['basic', '/store'],
    ] as const)(
      'with client_secret_%s finds the endpoint by discovery and revokes its own key (the path of STORE_URL: "%s")',
      async (method, path) => {
        const own = path === '' ? store : await startTestStore({ tls: true, path });
        const { keyId, consumerKey, consumerSecret } = await makeKey(own);
        const task = { method, clientId: consumerKey, clientSecret: consumerSecret, token: consumerKey };
        const outcome = await run(task, own);
        expect(outcome.server).toMatchObject({
          issuer: own.tlsUrl,
          revocation_endpoint: `${own.tlsUrl}/wc-auth/v1/revoke`,
        });
        expect(outcome.thrown).toBeUndefined();
        expect(await keyIds(own)).not.toContain(keyId);
        expect(await verified(own, { consumerKey, consumerSecret })).toBe(401);
        if (own !== store) await own.close();
      },
    );

    test.each(METHODS)(
      'with client_secret_%s gets no error for a token that is unknown or already revoked',
      async (method) => {
        const [key, other] = [await makeKey(store), await makeKey(store)];
        const task = {
          method,
          clientId: key.consumerKey,
          clientSecret: key.consumerSecret,
          token: other.consumerKey,
        };
        for (const token of [other.consumerKey, other.consumerKey, `ck_${'9'.repeat(40)}`])
          expect((await run({ ...task, token })).thrown).toBeUndefined();
        expect([await verified(store, key), await verified(store, other)]).toEqual([200, 401]);
      },
    );

    test('with client_secret_post reports a wrong secret as invalid_client', async () => {
      const key = await makeKey(store);
      const task = { clientId: key.consumerKey, clientSecret: 'cs_wrong', token: key.consumerKey };
      const outcome = await run({ ...task, method: 'post' });
      expect(outcome.status).toBe(401);
      expect(outcome.thrown).toMatchObject({
        name: thrown.rejection,
        code: 'invalid_client',
        description: 'Consumer secret is invalid.',
      });
      expect(await verified(store, key)).toBe(200);
    });

    test('with client_secret_basic reports a wrong secret as a challenge, with invalid_client in the body', async () => {
      const key = await makeKey(store);
      const task = { clientId: key.consumerKey, clientSecret: 'cs_wrong', token: key.consumerKey };
      const outcome = await run({ ...task, method: 'basic' });
      expect(outcome.status).toBe(401);
      expect(outcome.body).toMatchObject({ error: 'invalid_client' });
      expect(outcome.thrown).toMatchObject({
        name: thrown.challenge,
        cause: [{ scheme: 'basic', parameters: { realm: 'WooCommerce API' } }],
      });
      expect(await verified(store, key)).toBe(200);
    });

    test.each(METHODS)(
      'with client_secret_%s reports another app’s token as unauthorized_client',
      async (method) => {
        const key = await makeKey(store);
        const stranger = await makeKey(store, { app: { ...PILOT, appName: 'Another app' } });
        const task = { method, clientId: key.consumerKey, clientSecret: key.consumerSecret };
        const outcome = await run({ ...task, token: stranger.consumerKey });
        expect([outcome.status, outcome.thrown?.name, outcome.thrown?.code]).toEqual([
          403,
          thrown.rejection,
          'unauthorized_client',
        ]);
        expect([await verified(store, key), await verified(store, stranger)]).toEqual([200, 200]);
      },
    );
  });
}

/**
 * Runs the library in its own process, because it is ESM only and the authority is a private one.
 */
async function inProcess(script: string, task: Task): Promise<Outcome> {
  const file = join(__dirname, '../../clients', script);
  const { stdout } = await promisify(execFile)(process.execPath, [file, JSON.stringify(task)], {
    env: { PATH: process.env['PATH'] ?? '', NODE_EXTRA_CA_CERTS: testCertificates().caFile },
  });
  return JSON.parse(stdout) as Outcome;
}
