import type { RequestHandler } from 'express';
import { redirect } from './redirect';
import type { StoreUrl } from './store-url';
import type { VisitorOf } from './visitor';

/**
 * A store with an https STORE_URL shows its pages over TLS alone: whoever asks without it is sent to STORE_URL, and
 * what a form posted (a password, say) is not read. Routes of the API are mounted before this and never redirected.
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
