import type { Request } from 'express';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';

export type SameOrigin = (request: Request) => boolean;

/**
 * Whether a form was sent from our own pages, as far as the browser says: `Origin` on every POST of a browser, else
 * `Sec-Fetch-Site`. A second guard beside the form's token. A client that says neither is no browser.
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
