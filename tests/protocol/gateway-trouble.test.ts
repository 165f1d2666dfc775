import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { helpUrls } from '../../server/errors/help-url';
import { InternalError } from '../../server/errors/http-errors';
import { restAnswers } from '../../server/errors/rest';
import { upstream as upstreamAt } from '../../server/gateway/upstream';
import { testCertificates } from '../support/http/certificates';
import { connect, exchange, requestBytes, untilClosed } from '../support/http/raw-http';
import {
  basicHeader,
  eventually,
  issueKey,
  CLOSED_PORT_URL,
  startUpstream,
  type TestUpstream,
} from '../support/scenes/rest-scene';
import { startServerProcess, type ServerProcess } from '../support/store/server-process';
import { startTestStore, type TestStore } from '../support/store/test-store';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Bytes = (method: string, target: string, headers?: [string, string][], body?: string) => Buffer;

/** Starts a store in front of `url`, with a builder for requests with a correct key. */
async function storeBefore(url: string): Promise<{ store: TestStore; request: Bytes }> {
  const store = await startTestStore({ env: { UPSTREAM_URL: url, TRUST_PROXY: 'loopback' } });
  closers.push(async () => {
    await store.app.close();
    await store.close();
  });
  const key = await issueKey(store);
  const credential = [basicHeader(key), ['X-Forwarded-Proto', 'https'] as const];
  return {
    store,
    request: (method, target, headers = [], body) =>
      requestBytes(method, target, [...credential, ...headers], body),
  };
}

async function apiThat(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TestUpstream> {
  const api = await startUpstream(answer);
  closers.push(() => api.close());
  return api;
}

/** Starts an API that answers with raw bytes: `talk` gets each connection. */
async function rawApi(talk: (socket: net.Socket, count: number) => void): Promise<string> {
  let count = 0;
  const open = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    talk(socket, count++);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of open) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const BAD_GATEWAY = {
  code: 'bad_gateway',
  message: 'The API behind this store does not answer.',
  data: { status: 502 },
};

describe('an API that does not answer', () => {
  test('causes a 502 in JSON, for uploads too, and a log line', async () => {
    const { store, request } = await storeBefore(CLOSED_PORT_URL);
    for (const bytes of [
      request('GET', '/wp-json/x'),
      request('POST', '/wp-json/x', [], 'x'.repeat(2_000_000)),
    ]) {
      const answer = await exchange(store.url, bytes);
      expect(answer.status).toBe(502);
      expect(answer.json()).toEqual(BAD_GATEWAY);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/json; charset=UTF-8',
        'cache-control': 'no-store',
      });
    }
    const failures = store.logs.filter((line) => line['msg'] === 'request failed');
    expect(failures).toHaveLength(2);
    for (const { err } of failures)
      expect(err).toMatchObject({
        message: expect.stringMatching(/^The API at UPSTREAM_URL does not answer: connect ECONNREFUSED/),
      });
  });

  test.each([
    ['closes at once', (socket: net.Socket) => socket.destroy()],
    ['closes after the request', (socket: net.Socket) => socket.once('data', () => socket.destroy())],
    ['talks nonsense', (socket: net.Socket) => socket.once('data', () => socket.end('HELLO\r\n\r\n'))],
    [
      'sends an invalid status',
      (socket: net.Socket) =>
        socket.once('data', () => socket.end('HTTP/1.1 099 ?\r\nContent-Length: 0\r\n\r\n')),
    ],
    [
      'switches protocols unasked',
      (socket: net.Socket) =>
        socket.once('data', () =>
          socket.end('HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
        ),
    ],
    [
      'sends a header too large',
      (socket: net.Socket) =>
        socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nX: ${'x'.repeat(99_999)}\r\n\r\n`)),
    ],
  ])('causes a 502 when it %s', async (_, talk) => {
    const { store, request } = await storeBefore(await rawApi(talk));
    expect((await exchange(store.url, request('GET', '/wp-json/x'))).status).toBe(502);
    expect((await exchange(store.url, request('POST', '/wp-json/x', [], 'a'))).status).toBe(502);
    expect((await exchange(store.url, requestBytes('GET', '/wp-json/'))).status).toBe(200);
  });

  test('causes a 502 when it exceeds the time limit', async () => {
    const silent = await rawApi(() => undefined);
    const storeUrl = { href: 'http://store.test', origin: 'http://store.test', basePath: '', secure: false };
    const { pass, close } = upstreamAt({
      url: silent,
      storeUrl,
      errors: {
        report: () => new InternalError(),
        ...restAnswers({ storeUrl, helpUrlOf: helpUrls(undefined) }),
      },
      timeoutMs: 50,
    });
    const api = await apiThat((request, response) => {
      pass(request, response, { target: '/wp-json/x', headers: request.headers, form: undefined });
    });
    expect((await exchange(api.url, requestBytes('GET', '/'))).json()).toEqual(BAD_GATEWAY);
    close();
  });
});

describe('an API that ends its answer early', () => {
  test.each([
    ['of known length', 'Content-Length: 1000\r\n\r\nonly this'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nonly\r\n'],
  ])('makes the server close the client’s connection in the middle of an answer %s', async (_, answer) => {
    const api = await rawApi((socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${answer}`));
    });
    const { store, request } = await storeBefore(api);
    const socket = connect(store.url);
    socket.write(request('GET', '/wp-json/x', [['Connection', 'keep-alive']]));
    const bytes = (await untilClosed(socket)).toString();
    expect(bytes).toMatch(/only/);
    expect(bytes).not.toMatch(/\r\n0\r\n\r\n$/);
  });

  test('gets the request on a new connection when it closed an idle one and nothing can happen twice', async () => {
    const asked: string[] = [];
    const api = await rawApi((socket, count) => {
      let before = 0;
      socket.on('data', (data) => {
        asked.push(`${count} ${data.toString().split(' ')[0]}`);
        // The second request on a connection closes it.
        if (before++ > 0) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
      });
    });
    const { store, request } = await storeBefore(api);
    expect((await exchange(store.url, request('GET', '/wp-json/x'))).text).toBe('ok');
    expect((await exchange(store.url, request('GET', '/wp-json/x'))).text).toBe('ok');
    expect(asked).toEqual(['0 GET', '0 GET', '1 GET']);
    asked.length = 0;
    expect((await exchange(store.url, request('GET', '/wp-json/x'))).text).toBe('ok');
    expect((await exchange(store.url, request('POST', '/wp-json/x', [], 'a'))).status).toBe(502);
    expect(asked.filter((line) => line.endsWith('POST'))).toHaveLength(1);
  });
});

describe('an upload that the API does not want', () => {
  test('gets an early answer, and its connection can be used for the next request', async () => {
    const api = await apiThat((request, response) => {
      request.once('data', () => {
        request.pause();
        response.writeHead(413, { 'Content-Type': 'application/json' }).end('{"too":"large"}');
      });
    });
    const { store, request } = await storeBefore(api.url);
    const socket = connect(store.url);
    socket.write(request('POST', '/wp-json/x', [['Connection', 'keep-alive']], 'x'.repeat(20_000_000)));
    socket.write(requestBytes('GET', '/wp-json/'));
    const text = (await untilClosed(socket)).toString();
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
    expect(text).toContain('{"too":"large"}');
  });

  test('is rejected for a wrong secret without reaching the API, and the client receives the rejection', async () => {
    let reached = 0;
    const api = await apiThat((request, response) => {
      // The server reads the API's index on its own, without any header of a client.
      if (request.url !== '/wp-json/') reached++;
      response.end();
    });
    const { store } = await storeBefore(api.url);
    const socket = connect(store.url);
    socket.write(requestBytes('POST', '/wp-json/x', [['Connection', 'keep-alive']], 'x'.repeat(20_000_000)));
    socket.write(requestBytes('GET', '/wp-json/'));
    expect((await untilClosed(socket)).toString().match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 401',
      'HTTP/1.1 200',
    ]);
    expect(reached).toBe(0);
  });
});

describe('a client that disconnects', () => {
  test('cancels the request to the API in the middle of an upload', async () => {
    const aborted = new Promise((resolve) => {
      void apiThat((request) => {
        request.resume();
        request.once('close', () => {
          resolve(request.complete);
        });
      }).then(async (api) => {
        const { store, request } = await storeBefore(api.url);
        const socket = connect(store.url);
        socket.write(request('POST', '/wp-json/x', [['Content-Length', '1000']], 'half'));
        await eventually(() => connections(api.server));
        socket.destroy();
      });
    });
    expect(await aborted).toBe(false);
  });

  test('cancels the request to the API in the middle of a download', async () => {
    let closed: () => void;
    const gone = new Promise<void>((resolve) => (closed = resolve));
    const api = await apiThat((request, response) => {
      response.write('x');
      request.once('close', closed);
    });
    const { store, request } = await storeBefore(api.url);
    const socket = connect(store.url);
    socket.write(request('GET', '/wp-json/x'));
    await once(socket, 'data');
    socket.destroy();
    await gone;
    expect((await exchange(store.url, requestBytes('GET', '/wp-json/'))).status).toBe(200);
  });

  test('leaves no warning in the log when it disconnects while its form is read', async () => {
    const { store } = await storeBefore(CLOSED_PORT_URL);
    const form: [string, string][] = [
      ['Content-Type', 'application/x-www-form-urlencoded'],
      ['Content-Length', '1000'],
    ];
    const before = store.logs.length;
    const socket = connect(store.url);
    socket.write(requestBytes('POST', '/wp-json/x?oauth_nonce=1', form, 'half'));
    socket.end();
    await untilClosed(socket);
    expect((await exchange(store.url, requestBytes('GET', '/wp-json/'))).status).toBe(200);
    expect(store.logs.slice(before).filter((line) => Number(line['level']) >= 40)).toEqual([]);
  });
});

describe('a WebSocket upgrade', () => {
  test.each([
    ['with an API behind', true],
    ['without an API behind', false],
  ])('is rejected with 501 on an intact connection, %s', async (_, withApi) => {
    const api = await apiThat((_request, response) => response.end());
    const { store, request } = await storeBefore(withApi ? api.url : '');
    const upgrade: [string, string][] = [
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ];
    for (const bytes of [request('GET', '/wp-json/x', upgrade), requestBytes('GET', '/wp-json/', upgrade)]) {
      const answer = await exchange(store.url, bytes);
      expect(answer.status).toBe(501);
      expect(answer.json()).toMatchObject({ code: 'rest_no_upgrade', data: { status: 501 } });
    }
    const closing: [string, string][] = [['Connection', 'Upgrade, close'], ...upgrade.slice(1)];
    const other = await exchange(store.url, requestBytes('GET', '/wc-auth/v1/verify', closing));
    expect(other.status).toBe(403);
  });
});

describe('the address of the API', () => {
  test('may have its own path', async () => {
    const targets: (string | undefined)[] = [];
    const api = await apiThat((request, response) => {
      targets.push(request.url);
      response.end();
    });
    for (const path of ['/api', '/api/']) {
      const { store, request } = await storeBefore(api.url + path);
      await exchange(store.url, request('GET', '/wp-json/x?a=1'));
    }
    expect(targets).toEqual(['/api/wp-json/x?a=1', '/api/wp-json/x?a=1']);
  });

  test('keeps the hop-by-hop headers of its answer to itself', async () => {
    const api = await rawApi((socket) => {
      socket.once('data', () =>
        socket.end(
          'HTTP/1.1 200 Fine\r\nConnection: close, X-Hop\r\nKeep-Alive: timeout=1\r\nX-Hop: 1\r\nLink: <a>; rel="next"\r\nX-End: 1\r\nContent-Length: 2\r\n\r\nok',
        ),
      );
    });
    const { store, request } = await storeBefore(api);
    const answer = await exchange(store.url, request('GET', '/wp-json/x'));
    expect(answer.headers).toMatchObject({
      'x-end': '1',
      link: `<a>; rel="next", <${store.url}/wp-json/>; rel="https://api.w.org/"`,
    });
    expect(answer.headers).not.toHaveProperty('x-hop');
    expect(answer.headers['connection']).toBe('close');
  });

  describe('over https', () => {
    let servers: https.Server[];
    let processes: ServerProcess[];
    let stores: TestStore[];
    beforeAll(async () => {
      const { app, selfSigned } = testCertificates();
      servers = [app, selfSigned].map((certificate) =>
        https.createServer(certificate, (request, response) => {
          response.setHeader('X-Seen', `${request.url ?? ''} ${request.headers.host ?? ''}`);
          response.end('over TLS');
        }),
      );
      for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
      stores = await Promise.all(servers.map(() => startTestStore({ empty: true })));
      processes = await Promise.all(
        servers.map((server, index) =>
          startServerProcess(stores[index]!.folder, {
            UPSTREAM_URL: `https://localhost:${(server.address() as AddressInfo).port}`,
            SECRET_KEY: 'test-secret-key-test-secret-key-0123',
          }),
        ),
      );
    });
    afterAll(async () => {
      for (const process of processes) {
        process.kill('SIGTERM');
        await process.ended;
      }
      for (const store of stores) await store.close();
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    });

    test('has its certificate verified', async () => {
      const [trusted, untrusted] = await Promise.all(
        processes.map((process) => exchange(process.url, requestBytes('OPTIONS', '/wp-json/x'))),
      );
      expect(trusted).toMatchObject({ status: 200, text: 'over TLS' });
      expect(trusted!.headers['x-seen']).toMatch(/^\/wp-json\/x localhost:\d+$/);
      expect(untrusted!.json()).toEqual(BAD_GATEWAY);
    });
  });
});

/** Returns the number of open connections, or undefined before there is one. */
function connections(server: http.Server): Promise<number | undefined> {
  return new Promise((resolve) => {
    server.getConnections((_error, count) => {
      resolve(count > 0 ? count : undefined);
    });
  });
}
