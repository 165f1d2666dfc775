import type { Response } from 'express';

/**
 * Redirects the browser. Use 303 after a POST, otherwise 302 as WooCommerce does.
 *
 * Express's own `redirect` encodes the address again and would change a return_url, which apps
 * expect byte for byte.
 */
export function redirect(response: Response, location: string, status: 302 | 303 = 302): void {
  response.status(status).set('Location', location).end();
}
