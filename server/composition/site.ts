import express, { type ErrorRequestHandler, type RequestHandler } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { notFound } from '../errors/page';
import { unreadableCoding } from '../errors/rest';
import { cutOffSlowBody } from '../http/body-limits';
import { onlyOverTls } from '../http/only-over-tls';
import { requestLog } from '../http/request-log';
import { apiLink } from '../http/rest-answer';
import { originForm, routePath, storeRoute } from '../http/route-path';
import { hasUnreadableCoding } from '../http/transfer-coding';
import { pathMatcher, type SiteRoute } from '../routes';
import type { Core } from './core';

export interface SiteDependencies {
  readonly core: Core;
  readonly routes: readonly SiteRoute[];
  readonly securityHeaders: { readonly onEveryPage: RequestHandler };
  readonly errorHandler: ErrorRequestHandler;
}

/**
 * Builds the Express app: the middleware before every page, the pages in the order of the mount
 * list, 404 and errors.
 */
export function buildSite({ core, routes, securityHeaders, errorHandler }: SiteDependencies) {
  const { storeUrl, log, requestIdOf, restErrors, visitorOf } = core;
  const site = express();
  site.disable('x-powered-by').disable('etag').disable('query parser');
  site.use(requestLog({ log, requestIdOf, visitorOf }));
  site.use((request, response, next) => {
    request.url = routePath(storeRoute(request.url, storeUrl.basePath));
    // Clients look for the API's `Link` on the home page first.
    if (request.path === '/') response.set('Link', apiLink(storeUrl));
    next();
  });
  site.use(securityHeaders.onEveryPage);
  site.use(routes.filter(({ overHttp }) => overHttp === true).map(mounted));
  site.use(onlyOverTls({ storeUrl, visitorOf }));
  site.use(routes.filter(({ overHttp }) => overHttp !== true).map(mounted));
  site.use(notFound);
  site.use(errorHandler);

  return (request: IncomingMessage, response: ServerResponse): void => {
    if (hasUnreadableCoding(request)) {
      response.setHeader('Connection', 'close');
      restErrors.send(response, unreadableCoding());
      return;
    }
    // Express parses a whole URL with `url.parse`, which will throw for an invalid port (Node's
    // DEP0170).
    request.url = originForm(request.url ?? '/');
    cutOffSlowBody(request, response);
    site(request, response);
  };
}

function mounted({ urls, router }: SiteRoute): RequestHandler {
  const matches = pathMatcher(urls);
  return (request, response, next) => {
    if (matches(request.path)) void router(request, response, next);
    else next();
  };
}
