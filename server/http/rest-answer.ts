import type { ServerResponse } from 'node:http';
import type { StoreUrl } from './store-url';

/** Real clients look for the API by this link (WordPress puts it on every answer). */
export function apiLink({ href }: Pick<StoreUrl, 'href'>): string {
  return `<${href}/wp-json/>; rel="https://api.w.org/"`;
}

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

/** Answers a browser's preflight of a request that this server answers itself. */
export function sendPreflight(response: ServerResponse, storeUrl: Pick<StoreUrl, 'href'>): void {
  allowOrigin(response);
  response.writeHead(204, { 'Cache-Control': 'no-store', Link: apiLink(storeUrl) }).end();
}

/**
 * WordPress's CORS headers (rest-api.php, `rest_send_cors_headers`): a browser app can read the answer, whatever its origin.
 * Nothing under these routes looks at a cookie, so another origin learns nothing with a visitor's help.
 */
function allowOrigin(response: ServerResponse): void {
  const { origin } = response.req.headers;
  // An Express app may have decided already.
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
