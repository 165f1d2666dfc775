import type { ServerResponse } from 'node:http';
import { RestError } from '../errors';
import { restErrorBody } from './error-handler';
import type { StoreUrl } from './store-url';

/** Real clients look for the API by this link (WordPress puts it on every answer). */
export function apiLink({ href }: Pick<StoreUrl, 'href'>): string {
  return `<${href}/wp-json/>; rel="https://api.w.org/"`;
}

/** Answers a refusal of the REST side, as JSON and never kept by a cache. */
export function sendRestError(
  response: ServerResponse,
  error: RestError,
  storeUrl: Pick<StoreUrl, 'href'>,
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error.status === 401) response.setHeader('WWW-Authenticate', 'Basic realm="WooCommerce API"');
  for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
  sendJson(response, error.status, restErrorBody(error), storeUrl);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  storeUrl: Pick<StoreUrl, 'href'>,
): void {
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Link: apiLink(storeUrl),
  });
  response.end(body);
}
