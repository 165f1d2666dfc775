import type { RequestListener } from 'node:http';
import { collectDefaultMetrics, type Registry } from 'prom-client';

/**
 * Answers `GET /metrics` only. It listens on its own port, so the public port cannot show metrics.
 */
export function metricsEndpoint(registry: Registry): RequestListener {
  // Memory, CPU, garbage collection and event loop delay. They are measured only if this endpoint
  // is on.
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
