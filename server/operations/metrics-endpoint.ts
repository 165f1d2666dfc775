import type { RequestListener } from 'node:http';
import { collectDefaultMetrics, type Registry } from 'prom-client';

/** `GET /metrics` and nothing else: a listener for a port of its own, so that the public one cannot show it. */
export function metricsEndpoint(registry: Registry): RequestListener {
  // Memory, CPU, garbage collection and how late the event loop is; measured only where somebody reads it.
  collectDefaultMetrics({ register: registry });
  return (request, response) => {
    const isMetrics = request.url?.split('?')[0] === '/metrics';
    if (!isMetrics || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(isMetrics ? 405 : 404, { 'Content-Length': 0 }).end();
      return;
    }
    registry.metrics().then(
      (text) => {
        response.writeHead(200, { 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' });
        response.end(text);
      },
      () => {
        response.writeHead(500, { 'Content-Length': 0 }).end();
      },
    );
  };
}
