import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { storeApi } from '../../../emulator/api/store-api';
import type { StoreData } from '../../../emulator/store';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- tests read any member
}

/** The time of the emulated store. */
export const NOW = Date.parse('2026-03-10T12:00:00Z');

/** Serves the emulated REST API alone, without the check of keys. */
export function emulatedApi(data?: StoreData) {
  const url = 'https://shop.example';
  let now = NOW;
  const api = storeApi({ url, storeName: 'Tea Shop', now: () => now, data });
  const app = express();
  app.use(api.handler);
  app.use((_request, response) => void response.status(418).send('passed on'));
  const server = app.listen(0, '127.0.0.1');
  const listening = once(server, 'listening');

  async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    await listening;
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(path.startsWith('/') ? base + path : `${base}/wp-json/wc/v3/${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: isRaw ? (body as string) : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const reply: Reply = {
      status: response.status,
      headers: response.headers,
      body: isJson && text !== '' ? JSON.parse(text) : text,
    };
    return reply;
  }

  return {
    ...api,
    send,
    get: (path: string) => send('GET', path),
    post: (path: string, body: unknown) => send('POST', path, body),
    put: (path: string, body: unknown) => send('PUT', path, body),
    del: (path: string) => send('DELETE', path),
    /** Moves the store's clock. */
    at(time: string) {
      now = Date.parse(time);
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Returns the ids of a list. */
export function idsIn({ body }: Reply): unknown[] {
  return (body as { id: unknown }[]).map(({ id }) => id);
}

/** Serves the API for the tests of one file, each of which finds the first data. */
export function apiOfSuite(data?: StoreData) {
  const api = emulatedApi(data);
  beforeEach(() => {
    api.reset();
  });
  afterAll(() => api.close());
  return api;
}
