import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { exchange, requestBytes, type RawAnswer } from './raw-http';
import type { TestStore } from './test-store';

/** A request as a client sends it; which door it meets is not its affair. */
export interface Ask {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Over TLS, as the trusted proxy in front says. */
  readonly secure?: boolean;
  readonly body?: string;
}

export interface Door {
  readonly name: string;
  /** Where it listens. */
  readonly url: string;
  knock(ask: Ask): Promise<RawAnswer>;
  close(): Promise<void>;
}

export const DOORS = ['gateway', 'forward auth', 'middleware'] as const;
export type DoorName = (typeof DOORS)[number];

/** Opens one of the three doors of a store whose TRUST_PROXY is `loopback`. */
export async function openDoor(name: DoorName, store: TestStore): Promise<Door> {
  const proto = (secure = true) => ['X-Forwarded-Proto', secure ? 'https' : 'http'] as const;
  const nothing = () => Promise.resolve();
  if (name === 'gateway')
    return {
      name,
      url: store.url,
      knock: ({ method = 'GET', target = '/wp-json/wc/v3/products', headers = [], secure, body }) =>
        exchange(store.url, requestBytes(method, target, [...headers, proto(secure)], body)),
      close: nothing,
    };
  if (name === 'forward auth')
    return {
      name,
      url: store.url,
      // As Caddy asks: always GET, the request's own headers and no body.
      knock: ({ method = 'GET', target = '/wp-json/wc/v3/products', headers = [], secure }) =>
        exchange(
          store.url,
          requestBytes('GET', '/wc-auth/v1/verify', [
            ...headers,
            proto(secure),
            ['X-Forwarded-Method', method],
            ['X-Forwarded-Uri', target],
          ]),
        ),
      close: nothing,
    };
  const api = express();
  api.use(store.app.requireConsumerKey(), (request, response) => {
    response.json({ key: request.consumerKey ?? null, form: request.body ?? null });
  });
  const server = api.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    name,
    url,
    knock: ({ method = 'GET', target = '/wp-json/wc/v3/products', headers = [], secure, body }) =>
      exchange(url, requestBytes(method, target, [...headers, proto(secure)], body)),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** `accepted`, or status, code and message of the refusal. */
export function verdict(answer: RawAnswer): unknown {
  if (answer.status === 200) return 'accepted';
  const { code, message } = answer.json();
  return code === 'rest_no_route' ? 'accepted' : { status: answer.status, code, message };
}
