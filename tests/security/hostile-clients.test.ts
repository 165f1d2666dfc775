import { spawn } from 'node:child_process';
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { httpBrowser } from '../support/http/http-browser';
import { connect, parseAnswer, requestBytes, exchange } from '../support/http/raw-http';
import { eventually } from '../support/scenes/rest-scene';
import { startServerProcess, type ServerProcess } from '../support/store/server-process';

// The server runs in its own process with its real limits. Slow requests start before the first
// test.

const FORM = 'application/x-www-form-urlencoded';
/** The limits are 15 seconds, checked every two, on a machine that may be busy. */
const ENDED_WITHIN_MS = 45_000;
const CONNECTIONS = 10_000;
/** File descriptors that either process needs for other things. */
const SPARE = 300;

let folder: string;
let server: ServerProcess;
let slow: Record<string, Promise<Ended>>;

interface Ended {
  readonly text: string;
  readonly afterMs: number;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-hostile-'));
  server = await startServerProcess(folder, { LOG_LEVEL: 'info', TRUST_PROXY: 'loopback' });
  const post = (target: string) =>
    `POST ${target} HTTP/1.1\r\nHost: store.test\r\nContent-Type: ${FORM}\r\nContent-Length: 10000\r\n\r\n`;
  const whole = 'GET /login HTTP/1.1\r\nHost: store.test\r\n\r\n';
  slow = {
    'nothing at all': dripping('', ''),
    'headers byte by byte': dripping('GET /login HTTP/1.1\r\nX-Slow: ', 'x'),
    'the headers of a second request byte by byte': dripping(`${whole}GET /login HTTP/1.1\r\nX-Slow: `, 'x'),
    'a sign-in byte by byte': dripping(post('/login'), 'x'),
    'a decision byte by byte': dripping(post('/wc-auth/v1/access_granted'), 'x'),
    'a revocation byte by byte': dripping(post('/wc-auth/v1/revoke'), 'x'),
    'a signed form byte by byte': dripping(post('/wp-json/wc/v3/orders?oauth_consumer_key=ck_1'), 'x'),
  };
}, 60_000);
afterAll(async () => {
  server.kill('SIGKILL');
  await server.ended;
  rmSync(folder, { recursive: true });
});

/** Sends `first`, then `more` every half second until the server ends the connection. */
function dripping(first: string, more: string): Promise<Ended> {
  const begun = performance.now();
  const socket = connect(server.url);
  let text = '';
  socket.write(first);
  const drip = setInterval(() => socket.write(more), 500);
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  return new Promise((ended) => {
    socket.once('close', () => {
      clearInterval(drip);
      ended({ text, afterMs: performance.now() - begun });
    });
  });
}

/** Returns the resident memory of the server in MiB. */
function memory(): number {
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/**
 * Returns the slowest of some tries to load a page and to be rejected without a key, in
 * milliseconds.
 */
async function slowestAnswerMs(): Promise<number> {
  let slowest = 0;
  for (let time = 0; time < 20; time++) {
    const begun = performance.now();
    const page = await httpBrowser(server.url).get('/login');
    const rejected = await httpBrowser(server.url).get('/wp-json/wc/v3/orders');
    expect([page.status, rejected.status]).toEqual([200, 401]);
    slowest = Math.max(slowest, performance.now() - begun);
  }
  return slowest;
}

test('answers during ten thousand connections with little memory, and ends them', async () => {
  const most = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);
  const count = most >= CONNECTIONS + SPARE ? CONNECTIONS : most - SPARE;
  if (count < CONNECTIONS)
    console.warn(`This system allows ${most} open files: tried with ${count} connections instead of 10,000.`);
  const before = memory();
  const { hostname, port } = new URL(server.url);
  const program = resolve(__dirname, '../support/http/many-connections.mjs');
  const said = `GET /login HTTP/1.1\r\nHost: store.test\r\nCookie: ${'c'.repeat(400)}`;
  const child = spawn(process.execPath, [program, hostname, port, String(count), said]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const told = async () =>
    JSON.parse((await lines.next()).value as string) as { open: number; ended: number };
  try {
    expect(await told()).toMatchObject({ open: count, failed: 0 });
    expect(await slowestAnswerMs()).toBeLessThan(10_000);
    expect(memory() - before).toBeLessThan(300);
    expect(await told()).toMatchObject({ ended: count });
    expect(await slowestAnswerMs()).toBeLessThan(10_000);
  } finally {
    child.kill('SIGKILL');
  }
}, 180_000);

describe('a slow client', () => {
  test.each([
    ['nothing at all', 408],
    ['headers byte by byte', 408],
    ['a sign-in byte by byte', 408],
    ['a decision byte by byte', 408],
    ['a signed form byte by byte', 408],
  ])(
    'gets its connection closed for %s, with status %i',
    async (what, status) => {
      const { text, afterMs } = await slow[what]!;
      expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(afterMs).toBeLessThan(ENDED_WITHIN_MS);
    },
    60_000,
  );

  test('gets a 408 for a slow second request on a connection', async () => {
    const { text, afterMs } = await slow['the headers of a second request byte by byte']!;
    expect(text).toMatch(/^HTTP\/1.1 200 [^]*HTTP\/1.1 408 /);
    expect(afterMs).toBeLessThan(ENDED_WITHIN_MS);
  }, 60_000);

  test('gets a 408 for a slow revocation, which revokes nothing', async () => {
    expect((await slow['a revocation byte by byte']!).text).toMatch(/^HTTP\/1.1 408 /);
  }, 60_000);
});

describe('large request headers', () => {
  const asked = (bytes: number) =>
    exchange(server.url, requestBytes('GET', '/login', [['Cookie', 'c'.repeat(bytes)]]));

  test('are read up to almost 64 KiB', async () => {
    expect((await asked(63 * 1024)).status).toBe(200);
  });

  test.each([65 * 1024, 1024 * 1024])(
    'of %i bytes get 431, and other requests are still answered',
    async (bytes) => {
      expect((await asked(bytes)).status).toBe(431);
      expect((await asked(10)).status).toBe(200);
    },
  );
});

test('limits the memory of all unfinished forms together: one more gets 503 with Retry-After', async () => {
  const before = memory();
  const head = requestBytes('POST', '/wp-json/wc/v3/orders?oauth_consumer_key=ck_1', [
    ['Content-Type', FORM],
    ['Content-Length', String(255 * 1024)],
  ]);
  const part = Buffer.alloc(250 * 1024, 'x');
  const answers: string[] = [];
  const sockets: Socket[] = [];
  for (let count = 0; count < 700; count++) {
    const socket = connect(server.url);
    socket.on('data', (chunk: Buffer) => answers.push(chunk.toString('latin1')));
    socket.write(head);
    socket.write(part);
    sockets.push(socket);
  }
  const rejected = await eventually(() => (answers.length > 0 ? answers[0] : undefined), 30_000);
  expect(parseAnswer(Buffer.from(rejected, 'latin1'))).toMatchObject({
    status: 503,
    headers: { 'retry-after': '5' },
  });
  expect(memory() - before).toBeLessThan(400);
  expect(await slowestAnswerMs()).toBeLessThan(10_000);
  for (const socket of sockets) socket.destroy();
}, 120_000);
