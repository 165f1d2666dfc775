import type { IncomingMessage, ServerResponse } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import { probeIdIn } from './probe-token';
import type { ServerView } from './server-view';

/** Where `wc-auth doctor` sends its probe, below STORE_URL. */
export const PROBE_PATH = '/wc-auth/probe';

export interface ProbeDependencies {
  /** The keys that may have signed a probe: two while the secret key is being replaced. */
  readonly keys: () => readonly Buffer[];
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly version: string;
  readonly now: () => number;
}

/** Answers a valid probe and returns `true`. Does nothing with any other request. */
export type AnswerProbe = (request: IncomingMessage, response: ServerResponse) => boolean;

/**
 * Tells `wc-auth doctor` how this server sees its request. A request without a valid probe is
 * answered like one to an unknown URL, so that no stranger learns anything here.
 *
 * It also answers over plain HTTP when STORE_URL is https: a missing `X-Forwarded-Proto` is what
 * the probe has to find.
 */
export function probeEndpoint({ keys, storeUrl, visitorOf, version, now }: ProbeDependencies): AnswerProbe {
  return (request, response) => {
    if (request.method !== 'GET') return false;
    const probe = probeIdIn(request.headers.authorization, { keys, storeUrl, now: now() });
    if (probe === undefined) return false;
    const view = { probe, version, now: now(), ...viewOf(request, visitorOf) } satisfies ServerView;
    const body = JSON.stringify(view);
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=UTF-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(body);
    return true;
  };
}

function viewOf(
  request: IncomingMessage,
  visitorOf: VisitorOf,
): Omit<ServerView, 'probe' | 'version' | 'now'> {
  const { headers, socket } = request;
  const { secure, host, address, behindProxy } = visitorOf(request);
  const sent = (name: string) => headers[name]?.toString() ?? null;
  return {
    scheme: secure ? 'https' : 'http',
    host: host ?? null,
    address,
    peer: {
      address: socket.remoteAddress ?? '',
      port: socket.remotePort ?? null,
      encrypted: socket instanceof TLSSocket,
      trusted: behindProxy,
    },
    forwarded: {
      for: sent('x-forwarded-for'),
      proto: sent('x-forwarded-proto'),
      host: sent('x-forwarded-host'),
    },
  };
}
