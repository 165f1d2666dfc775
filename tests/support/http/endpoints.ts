import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { exchange, requestBytes, type RawAnswer } from './raw-http';
import type { TestStore } from '../store/test-store';

/** A request as a client sends it, whichever endpoint receives it. */
export interface Ask {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly (readonly [string, string])[];
  /** Whether the request uses TLS, as the trusted proxy in front says. */
  readonly secure?: boolean;
  readonly body?: string;
}

export interface Endpoint {
  readonly name: string;
  /** The base URL it listens on. */
  readonly url: string;
  send(ask: Ask): Promise<RawAnswer>;
  close(): Promise<void>;
}

export const ENDPOINTS = ['gateway', 'forward auth', 'middleware'] as const;
export type EndpointName = (typeof ENDPOINTS)[number];

/** Opens one of the three endpoints of a store whose TRUST_PROXY is `loopback`. */
export async function openEndpoint(name: EndpointName, store: TestStore): Promise<Endpoint> {
  const proto = (secure = true) => ['X-Forwarded-Proto', secure ? 'https' : 'http'] as const;
  const nothing = () => Promise.resolve();
  if (name === 'gateway')
    return {
      name,
      url: store.url,
      send: ({ method = 'GET', target = '/wp-json/wc/v3/products', headers = [], secure, body }) =>
        exchange(store.url, requestBytes(method, target, [...headers, proto(secure)], body)),
      close: nothing,
    };
  if (name === 'forward auth')
    return {
      name,
      url: store.url,
      // Caddy always asks with GET, the request's own headers and no body.
      send: ({ method = 'GET', target = '/wp-json/wc/v3/products', headers = [], secure }) =>
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
    send: ({ method = 'GET', target = '/wp-json/wc/v3/products', headers = [], secure, body }) =>
      exchange(url, requestBytes(method, target, [...headers, proto(secure)], body)),
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Returns `accepted`, or status, code and message of the rejection. */
export function verdict(answer: RawAnswer): unknown {
  if (answer.status === 200) return 'accepted';
  const { code, message } = answer.json();
  return code === 'rest_no_route' ? 'accepted' : { status: answer.status, code, message };
}
