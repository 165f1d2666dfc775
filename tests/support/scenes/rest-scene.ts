import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Permissions } from '../../../server/consumer-keys/consumer-key';
import type { IssuedKey, KeyRequest } from '../../../server/consumer-keys/consumer-key-service';
import { enc, NOW, query, signed, type Pairs } from '../../unit/oauth-fixtures';
import type { TestStore } from '../store/test-store';

/** A request that an API behind the server received. */
export interface UpstreamRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Names in lower case, duplicates kept. */
  readonly names: readonly string[];
  readonly body: string;
  /** Fields after the body, names and values in turn. */
  readonly trailers: readonly string[];
}

export interface TestUpstream {
  readonly url: string;
  readonly port: number;
  readonly requests: UpstreamRequest[];
  readonly server: http.Server;
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Starts an API that records its requests and answers `{"from":"upstream"}`. `answer` replaces
 * both.
 */
export async function startUpstream(answer?: Answer): Promise<TestUpstream> {
  const requests: UpstreamRequest[] = [];
  // The gateway adds headers to a head just below its own limit, and this server must accept the
  // result.
  const server = http.createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    if (answer) {
      answer(request, response);
      return;
    }
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push({
        method: request.method ?? '',
        target: request.url ?? '',
        headers: request.headers,
        names: request.rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()),
        body: Buffer.concat(chunks).toString('latin1'),
        trailers: request.rawTrailers,
      });
      response.setHeader('Content-Type', 'application/json');
      response.end('{"from":"upstream"}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    server,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/**
 * A URL that refuses connections: port 1 (tcpmux). A port that was free a moment ago may be given
 * to any process that asks for a port next, and so to another test.
 */
export const CLOSED_PORT_URL = 'http://127.0.0.1:1';

/** Issues a key of the store's manager, or of the user in `over`. */
export async function issueKey(
  store: TestStore,
  permissions: Permissions = 'read_write',
  over: Partial<KeyRequest> = {},
): Promise<IssuedKey> {
  const { userId } = await store.userOf();
  return store.app.consumerKeys.issue({
    userId,
    description: 'a test',
    permissions,
    now: NOW * 1000,
    ...over,
  });
}

type KeyPair = Pick<IssuedKey, 'consumerKey' | 'consumerSecret'>;

export const basicHeader = ({ consumerKey, consumerSecret }: KeyPair): readonly [string, string] => [
  'Authorization',
  `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`,
];

/**
 * Returns the target of a request signed by RFC 5849 for the host `store.test`, with all parameters
 * in the query.
 */
export function signedTarget(
  key: KeyPair,
  signing: {
    readonly method?: string;
    readonly path?: string;
    readonly params?: Pairs;
    /** The parameters of the body: signed, but not in the query. */
    readonly form?: Pairs;
    readonly nonce?: string;
    readonly timestamp?: number;
    readonly origin?: string;
  } = {},
): string {
  const { path = '/wp-json/wc/v3/products', params = [], form = [], origin = 'http://store.test' } = signing;
  const oauth = signed({
    ...signing,
    url: origin + path,
    key: key.consumerKey,
    secret: key.consumerSecret,
    params: [...params, ...form],
  });
  return `${path}?${query([...params, ...oauth])}`;
}

export { enc, NOW, query };

/** Returns the row of a key together with that of its last use. */
export function keyRow(store: TestStore, keyId: number): Promise<Record<string, unknown>> {
  return store.database
    .knex<Record<string, unknown>>('consumer_keys')
    .join('key_uses', (both) => void both.using('key_id'))
    .where({ key_id: keyId })
    .first() as never;
}

/** Waits for a background change: checks again until the result is not undefined. */
export async function eventually<T>(
  look: () => T | undefined | Promise<T | undefined>,
  withinMs = 5000,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > until) throw new Error('it did not happen in time');
    await new Promise((resume) => setTimeout(resume, 10));
  }
}
