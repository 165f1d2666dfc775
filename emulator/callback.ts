import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { emulatorCertificates } from './certificates';
import { expectMembers, shown } from './check-options';
import { EmulatorError } from './errors';
import type { Callback, CallbackAnswer, CallbackBody, Store } from './store';

const PATH = '/callback';
const BODY_MAX = 64 * 1024;

interface Open {
  readonly storeUrl: string;
  readonly close: () => Promise<void>;
  /** What the answer function threw last. */
  error?: unknown;
}
const open = new Map<string, Open>();
const openAt = (url: string) => open.get(url.replace(/[?#].*$/s, ''));

/** Returns whether a URL is a callback of this test kit, whose port no app chooses. */
export const isKitCallback = (url: string): boolean => openAt(url) !== undefined;

/** Removes and returns what the answer function of a callback threw. */
export function takeAnswerError(url: string): unknown {
  const callback = openAt(url);
  const error = callback?.error;
  delete callback?.error;
  return error;
}

/** Closes the callbacks that were made for a store. */
export async function closeCallbacksOf(storeUrl: string): Promise<void> {
  const callbacks = [...open.values()].filter((callback) => callback.storeUrl === storeUrl);
  await Promise.all(callbacks.map((callback) => callback.close()));
}

/**
 * Starts an app's callback at a free port of `localhost`, with a certificate of the store's
 * authority. It keeps what it receives. It is closed with the store.
 *
 * @throws EmulatorError if `answer` is not a function
 */
export async function createCallback(
  store: Pick<Store, 'url'>,
  answer: CallbackAnswer = () => ({}),
): Promise<Callback> {
  if (typeof answer !== 'function')
    throw new EmulatorError(
      `The second parameter of createCallback must be a function (got ${shown(answer)}).`,
    );
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
        (error: unknown) => {
          const callback = open.get(url);
          if (callback) callback.error = error ?? new Error('nothing');
          response.writeHead(500).end();
        },
      );
    });
  });

  async function reply(method: string, text: string): Promise<{ status: number; body: string }> {
    const body = method === 'POST' ? callbackBody(text) : undefined;
    if (!body) return { status: 400, body: 'Post the five fields of the callback as JSON.' };
    received.push(body);
    takeAnswerError(url);
    const { status, body: answered, delayMs } = checkedAnswer(await answer(body));
    if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
    return { status, body: answered };
  }

  server.listen(0, 'localhost');
  await once(server, 'listening');
  const url = `https://localhost:${(server.address() as AddressInfo).port}${PATH}`;
  const close = async () => {
    open.delete(url);
    if (!server.listening) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  };
  open.set(url, { storeUrl: store.url, close });
  return { url, received, close };
}

/** @throws EmulatorError if an answer function returned something else than an answer */
function checkedAnswer(answer: Awaited<ReturnType<CallbackAnswer>>): {
  status: number;
  body: string;
  delayMs: number;
} {
  expectMembers('The answer of the callback', answer, ['status', 'body', 'delayMs']);
  const { status = 200, body = '', delayMs = 0 } = answer;
  const wrong = (member: string, form: string, value: unknown) =>
    new EmulatorError(`The ${member} of the callback's answer must be ${form} (got ${shown(value)}).`);
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw wrong('status', 'a number from 200 to 599', status);
  if (typeof body !== 'string') throw wrong('body', 'a text', body);
  if (!Number.isFinite(delayMs) || delayMs < 0) throw wrong('delayMs', 'a number of milliseconds', delayMs);
  return { status, body, delayMs };
}

function callbackBody(text: string): CallbackBody | undefined {
  try {
    const value = JSON.parse(text) as Partial<CallbackBody> | null;
    return typeof value?.key_id === 'number' ? (value as CallbackBody) : undefined;
  } catch {
    return undefined;
  }
}
