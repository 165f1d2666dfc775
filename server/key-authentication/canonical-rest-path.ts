import type { RequestHandler } from 'express';
import { helpUrls } from '../errors/help-url';
import { restAnswers } from '../errors/rest';
import { storeRoute } from '../http/route-path';
import { parseStoreUrl } from '../http/store-url';
import { leavesTheApi } from './leaves-the-api';
import { noRoute, twoRoutes } from './verification-errors';
import { SENT_TARGET } from './request-of';
import { restAddress } from './rest-address';

export interface CanonicalRestPathOptions {
  /** STORE_URL, if it has a path that reaches your app: `https://shop.example/store`. */
  readonly storeUrl?: string;
  /** HELP_URL, to have `data.help` in the rejections of this middleware too. */
  readonly helpUrl?: string;
}

/**
 * Returns Express middleware that rewrites the URL of a REST request to the canonical path of its
 * route. Mount it first.
 *
 * `/?rest_route=/wc/v3/products` and `//wp-json/wc/v3/products` then reach the handler of
 * `/wp-json/wc/v3/products`. Signatures are still checked over the target that the client sent. An
 * address that names two routes is answered with 401, and one that leads out of `/wp-json/` with
 * 404.
 *
 * @throws Error if `storeUrl` is not an http or https URL
 */
export function canonicalRestPath({ storeUrl, helpUrl }: CanonicalRestPathOptions = {}): RequestHandler {
  const store = storeUrl === undefined ? { href: '', basePath: '' } : parseStoreUrl(storeUrl);
  if (!store)
    throw new Error(
      `storeUrl must be an http or https URL without a query (got ${JSON.stringify(storeUrl)}).`,
    );
  const errors = restAnswers({ storeUrl: store, helpUrlOf: helpUrls(helpUrl) });
  return (request, response, next) => {
    const address = restAddress(storeRoute(request.url, store.basePath));
    if (address?.namesTwoRoutes) errors.send(response, twoRoutes());
    else if (address && leavesTheApi(address.path)) errors.send(response, noRoute());
    else {
      if (address) {
        Object.assign(request, { [SENT_TARGET]: request.originalUrl });
        request.url = address.base + address.path + address.query;
      }
      next();
    }
  };
}
