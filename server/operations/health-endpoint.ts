import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Unready } from './readiness';

/**
 * Returns whether a target is one of the two endpoints. They are at the root, whatever path
 * STORE_URL has.
 */
export function isHealthTarget(target: string | undefined): boolean {
  return target !== undefined && /^\/+(?:healthz|readyz)(?:\?|$)/.test(target);
}

/**
 * Answers `GET /healthz` with 200 as long as the process runs. A supervisor restarts the process
 * otherwise.
 * Answers `GET /readyz` with 200 if API calls can be verified, else with 503 and the reason. A load
 * balancer then sends them elsewhere.
 *
 * Both also answer over plain HTTP, because probes come from inside, without the proxy's TLS. They
 * reveal nothing else.
 */
export function healthEndpoint({ unready }: { unready: () => Promise<Unready | undefined> }) {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD', 'Content-Length': 0 }).end();
      return;
    }
    const reason = /^\/+readyz/.test(request.url ?? '') ? await unready() : undefined;
    const body = JSON.stringify(reason === undefined ? { status: 'ok' } : { status: 'unavailable', reason });
    response.writeHead(reason === undefined ? 200 : 503, {
      'Content-Type': 'application/json; charset=UTF-8',
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(body);
  }
  return (request: IncomingMessage, response: ServerResponse): void => void answer(request, response);
}
