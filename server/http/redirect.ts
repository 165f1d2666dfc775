import type { Response } from 'express';

/**
 * Sends the browser on. Not Express's own `redirect`, which encodes the address once more and so changes a return_url
 * that the app wants back byte for byte. 303 after a POST that is done with, else 302 as WooCommerce answers.
 */
export function redirect(response: Response, location: string, status: 302 | 303 = 302): void {
  response.status(status).set('Location', location).end();
}
