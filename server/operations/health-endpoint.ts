import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Unready } from './readiness';

/** Whether a target asks for one of the two. They stand at the root, whatever path STORE_URL has. */
export function isHealthTarget(target: string | undefined): boolean {
  return target !== undefined && /^\/+(?:healthz|readyz)(?:\?|$)/.test(target);
}

/**
 * `GET /healthz`: 200 as long as the process answers; a supervisor that sees anything else starts it anew.
 * `GET /readyz`: 200 when API calls can be verified, else 503 with the reason; a balancer sends them elsewhere.
 * Both in plain HTTP too, for whoever asks: probes come from inside, without the proxy's TLS, and learn no more than this.
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
