import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { testCertificates } from '../support/http/certificates';
import { startServerProcess, type ServerProcess } from '../support/store/server-process';

let folder: string;
let server: ServerProcess;
let port: number;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-tls-'));
  const { app } = testCertificates();
  const [certFile, keyFile] = [join(folder, 'store.crt'), join(folder, 'store.key')];
  writeFileSync(certFile, app.cert);
  writeFileSync(keyFile, app.key);
  server = await startServerProcess(folder, {
    TLS_CERT_FILE: certFile,
    TLS_KEY_FILE: keyFile,
    HTTPS_PORT: '0',
  });
  port = Number(/"https:\/\/127\.0\.0\.1:(\d+)"/.exec(server.output())?.[1]);
}, 60_000);
afterAll(async () => {
  server.kill('SIGTERM');
  await server.ended;
  rmSync(folder, { recursive: true });
});

/** Sends a request over TLS and returns the agreed protocol and the first line of the answer. */
async function ask(
  version: '1.0' | '1.1',
  ALPNProtocols?: string[],
): Promise<[string | false | null, string]> {
  const { ca } = testCertificates();
  const options = { host: '127.0.0.1', port, ca, servername: 'localhost' };
  const socket = tls.connect({ ...options, ...(ALPNProtocols ? { ALPNProtocols } : {}) });
  await once(socket, 'secureConnect');
  socket.write(`GET /wp-json/ HTTP/${version}\r\nHost: store.test\r\nConnection: close\r\n\r\n`);
  const chunks: Buffer[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  const [line = ''] = Buffer.concat(chunks).toString('latin1').split('\r\n');
  return [socket.alpnProtocol, line];
}

// curl 7.88 and PHP's curl offer only `http/1.0` when they are told to use HTTP/1.0.
test.each([
  ['http/1.0', '1.0', ['http/1.0']],
  ['http/1.1', '1.1', ['http/1.1']],
  ['http/1.1', '1.1', ['h2', 'http/1.1']],
  ['http/1.0', '1.0', ['h2', 'http/1.0']],
  [false, '1.1', undefined],
] as const)(
  'agrees on %s with a client of HTTP/%s that offers %j',
  async (agreed, version, offered) => {
    expect(await ask(version, offered && [...offered])).toEqual([agreed, 'HTTP/1.1 200 OK']);
  },
  30_000,
);

test('rejects a client that offers only HTTP/2', async () => {
  await expect(ask('1.1', ['h2'])).rejects.toThrow(/alert|ECONNRESET/i);
}, 30_000);
