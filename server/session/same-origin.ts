import type { Request } from 'express';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';

export type SameOrigin = (request: Request) => boolean;

/**
 * Returns whether a form came from this server's own pages, according to the browser: `Origin`,
 * which browsers send with every POST, or else `Sec-Fetch-Site`.
 *
 * This is a second check beside the form's token. A client that sends neither header is not a
 * browser.
 */
export function sameOrigin({
  storeUrl,
  visitorOf,
}: {
  storeUrl: StoreUrl;
  visitorOf: VisitorOf;
}): SameOrigin {
  return (request) => {
    const origin = request.headers.origin;
    if (origin !== undefined) {
      const { secure, host } = visitorOf(request);
      const own = `${secure ? 'https' : 'http'}://${host ?? ''}`.toLowerCase();
      return [storeUrl.origin, own].includes(origin.toLowerCase());
    }
    const site = request.headers['sec-fetch-site'];
    return site === undefined || site === 'same-origin' || site === 'none';
  };
}
