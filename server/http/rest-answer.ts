import type { ServerResponse } from 'node:http';
import type { StoreUrl } from './store-url';

/**
 * Returns the `Link` header by which clients find the API. WordPress sends it with every response.
 */
export function apiLink({ href }: Pick<StoreUrl, 'href'>): string {
  return `<${href}/wp-json/>; rel="https://api.w.org/"`;
}

/**
 * Sends a JSON response of the REST API that is never cached and that browser apps of any origin
 * can read.
 */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  storeUrl: Pick<StoreUrl, 'href'>,
): void {
  allowOrigin(response);
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=UTF-8',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    Link: apiLink(storeUrl),
  });
  response.end(body);
}

/** Answers the CORS preflight for a request that this server answers itself. */
export function sendPreflight(response: ServerResponse, storeUrl: Pick<StoreUrl, 'href'>): void {
  allowOrigin(response);
  response.writeHead(204, { 'Cache-Control': 'no-store', Link: apiLink(storeUrl) }).end();
}

/**
 * Sets the CORS headers of WordPress (rest-api.php, `rest_send_cors_headers`), so that a browser
 * app of any origin can read the response. These routes ignore cookies, so another origin cannot
 * use a visitor's session.
 */
export function allowOrigin(response: ServerResponse): void {
  const { origin } = response.req.headers;
  // An Express app around the middleware may have set its own CORS headers.
  if (!origin || response.hasHeader('Access-Control-Allow-Origin')) return;
  response.appendHeader('Vary', 'Origin');
  for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
  response.setHeader('Access-Control-Allow-Origin', origin);
}

const CORS = {
  'Access-Control-Allow-Methods': 'OPTIONS, GET, POST, PUT, PATCH, DELETE',
  'Access-Control-Allow-Credentials': 'true',
  'Access-Control-Expose-Headers': 'X-WP-Total, X-WP-TotalPages, Link',
  'Access-Control-Allow-Headers': 'Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type',
};
