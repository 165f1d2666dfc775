import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { emulatorCertificates } from './certificates';
import type { Callback, CallbackAnswer, CallbackBody, Store } from './store';

const PATH = '/callback';
const BODY_MAX = 64 * 1024;
const open = new Set<string>();

/** Returns whether a URL is a callback of this test kit, whose port no app chooses. */
export const isKitCallback = (url: string): boolean => open.has(url.replace(/[?#].*$/s, ''));

/**
 * Starts an app's callback at a free port of `localhost`, with a certificate of the store's
 * authority. It keeps what it receives.
 */
export async function createCallback(
  _store: Pick<Store, 'url'>,
  answer: CallbackAnswer = () => ({}),
): Promise<Callback> {
  const { cert, key } = await emulatorCertificates();
  const received: CallbackBody[] = [];
  const server = https.createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= BODY_MAX) chunks.push(chunk);
      else request.destroy();
    });
    request.on('end', () => {
      reply(request.method ?? '', Buffer.concat(chunks).toString('utf8')).then(
        ({ status, body }) => response.writeHead(status).end(body),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
    });
  });

  async function reply(method: string, text: string): Promise<{ status: number; body: string }> {
    const body = method === 'POST' ? callbackBody(text) : undefined;
    if (!body) return { status: 400, body: 'Post the five fields of the callback as JSON.' };
    received.push(body);
    const { status = 200, body: answered = '', delayMs = 0 } = answer(body);
    if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
    return { status, body: answered };
  }

  server.listen(0, 'localhost');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}${PATH}`;
  open.add(url);
  return {
    url,
    received,
    async close() {
      open.delete(url);
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

function callbackBody(text: string): CallbackBody | undefined {
  try {
    const value = JSON.parse(text) as Partial<CallbackBody> | null;
    return typeof value?.key_id === 'number' ? (value as CallbackBody) : undefined;
  } catch {
    return undefined;
  }
}
