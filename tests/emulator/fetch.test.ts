import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { emulatorCertificates } from '../../emulator/certificates';
import { kitScene } from '../support/scenes/kit-scene';

// `store.fetch` against a server that answers what it received.

const { start } = kitScene();
let server: https.Server;
let url: string;
beforeAll(async () => {
  const { cert, key } = await emulatorCertificates();
  server = https.createServer({ cert, key }, (request, response) => {
    if (request.url === '/moved') return void response.writeHead(302, { Location: '/here' }).end();
    if (request.url === '/nothing') return void response.writeHead(204).end();
    return void text(request).then((body) => {
      response.setHeader('Set-Cookie', ['a=1', 'b=2']);
      response.end(JSON.stringify({ method: request.method, headers: request.headers, body }));
    });
  });
  server.listen(0, 'localhost');
  await once(server, 'listening');
  url = `https://localhost:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Received {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function received(...parts: Parameters<typeof fetch>): Promise<Received> {
  const store = await start();
  return (await (await store.fetch(...parts)).json()) as Received;
}

test('the answer is a Response of the platform, with its address', async () => {
  const store = await start();
  const answer = await store.fetch(`${url}/moved`);
  expect(answer).toBeInstanceOf(Response);
  expect(answer.headers).toBeInstanceOf(Headers);
  expect([answer.status, answer.url, answer.redirected]).toEqual([200, `${url}/here`, true]);
  expect(answer.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
  expect(await answer.clone().json()).toEqual(await answer.json());
});

test('a redirect that is not followed, and an answer without a body', async () => {
  const store = await start();
  const moved = await store.fetch(`${url}/moved`, { redirect: 'manual' });
  expect([moved.status, moved.headers.get('Location')]).toEqual([302, '/here']);
  const nothing = await store.fetch(`${url}/nothing`);
  expect([nothing.status, nothing.body]).toEqual([204, null]);
});

test('a Request of the platform keeps its method, headers and body', async () => {
  const request = new Request(url, { method: 'PUT', headers: { 'X-App': 'pilot' }, body: 'hello' });
  expect(await received(request)).toMatchObject({
    method: 'PUT',
    headers: { 'x-app': 'pilot', 'content-length': '5', 'content-type': 'text/plain;charset=UTF-8' },
    body: 'hello',
  });
});

test('the options override those of a Request', async () => {
  const request = new Request(url, { method: 'PUT', headers: { 'X-App': 'pilot' }, body: 'hello' });
  const headers = new Headers([['X-Other', 'yes']]);
  const sent = await received(request, { method: 'POST', headers });
  expect([sent.method, sent.headers['x-other'], sent.headers['x-app'], sent.body]).toEqual([
    'POST',
    'yes',
    undefined,
    'hello',
  ]);
});

test('FormData and URLSearchParams are sent as forms', async () => {
  const form = new FormData();
  form.set('name', 'Mug');
  form.set('file', new Blob(['tea']), 'tea.txt');
  const sent = await received(url, { method: 'POST', body: form });
  expect(sent.headers['content-type']).toMatch(/^multipart\/form-data; ?boundary=/);
  expect(sent.body).toMatch(/name="name"\r\n\r\nMug\r\n[\s\S]*filename="tea.txt"[\s\S]*\r\n\r\ntea\r\n/);
  const plain = await received(url, { method: 'POST', body: new URLSearchParams({ a: '1 2' }) });
  expect([plain.headers['content-type'], plain.body]).toEqual([
    'application/x-www-form-urlencoded;charset=UTF-8',
    'a=1+2',
  ]);
});

test('an aborted request and a wrong address reject as those of fetch', async () => {
  const store = await start();
  await expect(store.fetch(url, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    name: 'AbortError',
  });
  await expect(store.fetch('/no-host')).rejects.toMatchObject({ name: 'TypeError' });
});
