import type { RequestHandler } from 'express';
import { redirect } from './redirect';
import type { StoreUrl } from './store-url';
import type { VisitorOf } from './visitor';

/**
 * Returns middleware that redirects requests without TLS to STORE_URL if STORE_URL is https. The
 * body of a redirected form, which may hold a password, is not read. Routes of the API are mounted
 * before this and never redirected.
 */
export function onlyOverTls({
  storeUrl,
  visitorOf,
}: {
  storeUrl: StoreUrl;
  visitorOf: VisitorOf;
}): RequestHandler {
  return (request, response, next) => {
    if (!storeUrl.secure || visitorOf(request).secure) next();
    else redirect(response, storeUrl.href + request.url, request.method === 'POST' ? 303 : 302);
  };
}
