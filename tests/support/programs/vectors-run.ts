/**
 * `npm run vectors`: plays the recorded requests of VECTORS_DIR (default conformance/vectors) to the
 * server over real sockets, and ends with one line `N passed, N failed`.
 */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pino from 'pino';
import { createApp } from '../../../server/app';
import { readConfig } from '../../../server/config';
import { openStore } from '../../../server/open-store';
import { createServices } from '../../../server/services';
import { testCertificates } from '../http/certificates';
import { insertKnownKey } from '../scenes/known-key';
import { exchange, requestBytes, type RawAnswer } from '../http/raw-http';

/** conformance/vectors/README.md describes each field. */
interface Vector {
  readonly mode: string;
  readonly op: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timestamp?: number | string;
  readonly expect: 'accept' | 'refuse' | 'unjudged';
  readonly error?: Readonly<Partial<Record<'status' | 'code' | 'message', string | number | null>>>;
}
interface VectorFile {
  readonly client: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly vectors: readonly Vector[];
}

const ROOT = resolve(__dirname, '../../..');

async function main(): Promise<number> {
  const folder = resolve(ROOT, process.env['VECTORS_DIR'] ?? 'conformance/vectors');
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  if (files.length === 0) {
    console.error(
      `There are no vectors in ${folder}. Set VECTORS_DIR to the folder that holds the *.json files.`,
    );
    return 2;
  }
  const endpoint = await openEndpoint();
  let passed = 0;
  let failed = 0;
  try {
    for (const name of files.sort()) {
      const file = JSON.parse(readFileSync(join(folder, name), 'utf8')) as VectorFile;
      await endpoint.insertKey(file);
      for (const [index, vector] of file.vectors.entries()) {
        const complaint = await endpoint
          .play(vector)
          .then((answer) => check(vector, answer))
          .catch((error: unknown) => `no answer that can be read: ${String(error)}`);
        if (complaint === undefined) passed++;
        else {
          failed++;
          const { mode, op, method, url } = vector;
          console.log(`FAILED ${name} #${index} ${mode} ${op}\n  ${method} ${url}\n  ${complaint}`);
        }
      }
    }
  } finally {
    await endpoint.close();
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

/** Returns what is wrong with this answer, or `undefined`. */
function check({ method, expect, error }: Vector, answer: RawAnswer): string | undefined {
  const got = `${answer.status} ${answer.text}`;
  if (expect === 'unjudged')
    return answer.status < 500 ? undefined : `expected anything below 500, got ${got}`;
  // There is no API behind the server, so an accepted request gets a missing route, or the index.
  const accepted = answer.status === 404 || answer.status === 200;
  if (expect === 'accept') return accepted ? undefined : `expected to be accepted, got ${got}`;
  if (accepted) return `expected a rejection, got ${got}`;
  // An answer to HEAD has no body to check.
  const body: Record<string, unknown> = method === 'HEAD' ? {} : { ...answer.json() };
  const seen: Record<string, unknown> = { ...body, status: answer.status };
  for (const field of ['status', 'code', 'message'] as const) {
    const wanted = error?.[field] ?? null;
    if (wanted !== null && field in seen && seen[field] !== wanted)
      return `expected the ${field} ${wanted}, got ${got}`;
  }
  return undefined;
}

/** Starts the server for HTTP and HTTPS, with a clock that each vector sets. */
async function openEndpoint() {
  const work = mkdtempSync(join(tmpdir(), 'wc-auth-vectors-'));
  const config = readConfig({
    STORE_URL: 'https://shop.example',
    DATABASE_URL: `sqlite:${join(work, 'vectors.sqlite')}`,
    SECRET_KEY: 'vectors-vectors-vectors-vectors-vectors',
  });
  const store = await openStore(config);
  const { database } = store;
  const { users, secretSealing } = createServices({
    ...store,
    sessionLimits: config.session,
  });
  let clock = Date.now();
  const log = pino({ level: 'warn' }, pino.destination(2));
  const app = createApp({ ...store, config, log, now: () => clock });
  const manager = { login: 'manager', email: 'manager@shop.example', role: 'shop_manager' } as const;
  const { userId } = await users.add({ ...manager, password: 'only for the vectors', now: clock });

  const servers = [http.createServer(app.listener), https.createServer(testCertificates().app, app.listener)];
  const [plain, tls] = await Promise.all(
    servers.map(async (server) => {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      return (server.address() as AddressInfo).port;
    }),
  );

  return {
    async insertKey({ client, consumerKey, consumerSecret }: VectorFile): Promise<void> {
      await database.knex('consumer_keys').delete();
      await insertKnownKey(
        { database, secretSealing },
        {
          userId,
          description: client,
          permissions: 'read_write',
          createdAt: clock,
          app: null,
          consumerKey,
          consumerSecret,
        },
      );
    },
    async play(vector: Vector): Promise<RawAnswer> {
      const [, scheme = '', host = '', target = ''] = /^(https?):\/\/([^/?]+)(.*)$/s.exec(vector.url) ?? [];
      clock = vector.timestamp === undefined ? Date.now() : Number(vector.timestamp) * 1000;
      // Each vector is checked alone, so its nonce is unused.
      await database.knex('oauth_nonces').delete();
      const headers = Object.entries({ host, ...vector.headers });
      const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
      return exchange(
        scheme === 'https' ? `https://127.0.0.1:${tls}` : `http://127.0.0.1:${plain}`,
        requestBytes(
          vector.method,
          bytes(target),
          headers.map(([name, value]) => [name, bytes(value)]),
          bytes(vector.body ?? ''),
        ),
      );
    },
    async close(): Promise<void> {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
      await app.close();
      await database.close();
      rmSync(work, { recursive: true, force: true });
    },
  };
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
