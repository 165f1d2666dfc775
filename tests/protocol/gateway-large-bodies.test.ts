import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { connect, untilClosed } from '../support/http/raw-http';
import {
  basicHeader,
  eventually,
  issueKey,
  startUpstream,
  type TestUpstream,
} from '../support/scenes/rest-scene';
import { ended, environment, run } from '../support/store/server-process';
import { startTestStore, type TestStore } from '../support/store/test-store';

// The server runs in its own process, so that its memory can be measured alone.

const MB = 1024 * 1024;
const SIZE = 100 * MB;
/** Socket buffers and uncollected garbage. A buffered body would need SIZE. */
const ALLOWED = 60 * MB;
const PIECE = Buffer.alloc(64 * 1024, 'x');

let store: TestStore;
let upstream: TestUpstream;
let child: ChildProcess;
let url: string;
let head: string;
let received = 0;
let written = 0;

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    if (request.method === 'POST') {
      received = 0;
      request.on('data', (piece: Buffer) => (received += piece.length));
      request.on('end', () => response.end('thanks'));
      return;
    }
    response.setHeader('Content-Length', SIZE);
    written = 0;
    const more = () => {
      while (written < SIZE) {
        written += PIECE.length;
        if (!response.write(PIECE)) return;
      }
      response.end();
    };
    response.on('drain', more);
    more();
  });
  store = await startTestStore();
  const [name, value] = basicHeader(await issueKey(store));
  head = `${name}: ${value}\r\nX-Forwarded-Proto: https\r\nHost: store.test\r\nConnection: close\r\n`;
  const env = {
    UPSTREAM_URL: upstream.url,
    TRUST_PROXY: 'loopback',
    SECRET_KEY: 'test-secret-key-test-secret-key-0123',
  };
  child = run('main.ts', [], store.folder, environment(store.folder, env));
  let output = '';
  child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  url = await eventually(() => /"addresses":\["(http:[^"]+)"/.exec(output)?.[1], 15_000);
});
afterAll(async () => {
  const end = ended(child);
  child.kill('SIGTERM');
  await end;
  await store.close();
  await upstream.close();
});

/** Returns the resident memory of the server in bytes. */
function memory(): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** Returns the largest growth of the server's memory during `work`, in bytes. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = memory();
  let most = before;
  const watch = setInterval(() => (most = Math.max(most, memory())), 5);
  await work();
  clearInterval(watch);
  return most - before;
}

async function upload(size: number): Promise<void> {
  const socket = connect(url);
  socket.write(
    `POST /wp-json/x HTTP/1.1\r\n${head}Content-Type: application/octet-stream\r\nContent-Length: ${size}\r\n\r\n`,
  );
  const answer = untilClosed(socket);
  for (let sent = 0; sent < size; sent += PIECE.length) if (!socket.write(PIECE)) await once(socket, 'drain');
  expect((await answer).toString()).toMatch(/^HTTP\/1\.1 200 OK.*thanks/s);
  expect(received).toBe(size);
}

async function download(): Promise<void> {
  const socket = connect(url);
  let size = 0;
  socket.on('data', (piece: Buffer) => (size += piece.length));
  socket.write(`GET /wp-json/x HTTP/1.1\r\n${head}\r\n`);
  await once(socket, 'close');
  expect(size).toBeGreaterThan(SIZE);
}

const onLinux = process.platform === 'linux' ? test : test.skip;

onLinux('the gateway uses no more memory for an upload of 100 MB than for any other request', async () => {
  await upload(10 * MB);
  expect(await growth(() => upload(SIZE))).toBeLessThan(ALLOWED);
});

onLinux('the gateway uses no more memory for a download of 100 MB than for any other request', async () => {
  await download();
  expect(await growth(download)).toBeLessThan(ALLOWED);
});

onLinux('the gateway slows the API down for a client that does not read, instead of buffering', async () => {
  const socket = connect(url);
  socket.pause();
  written = 0;
  const grown = await growth(async () => {
    socket.write(`GET /wp-json/x HTTP/1.1\r\n${head}\r\n`);
    let last = -1;
    // Wait until the server reads nothing more from the API.
    await eventually(async () => {
      if (written > 0 && written === last) return true;
      last = written;
      await new Promise((resume) => setTimeout(resume, 200));
      return undefined;
    });
  });
  expect(written).toBeLessThan(SIZE / 2);
  expect(grown).toBeLessThan(ALLOWED);
  socket.destroy();
});
