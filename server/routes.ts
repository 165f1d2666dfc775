import type { RequestListener } from 'node:http';
import type { RequestHandler } from 'express';
import type { Gateway } from './gateway/gateway';
import { isLegacyApiPath } from './gateway/legacy-api';
import { cutOffEndlessBody } from './http/body-limits';
import { routePath, storeRoute } from './http/route-path';
import { restAddress } from './key-authentication/rest-address';
import { isHealthTarget } from './operations/health-endpoint';
import { PROBE_PATH, type AnswerProbe } from './probe/probe-endpoint';

/** A group of pages. Its router sees only requests for its `urls` and what is below them. */
export interface SiteRoute {
  /** Paths. `/` matches the home page only, and `:name` matches one segment. */
  readonly urls: readonly string[];
  readonly router: RequestHandler;
  /**
   * Whether the pages are also served over plain HTTP if STORE_URL is https. Default: false, with a
   * redirect.
   */
  readonly overHttp?: boolean;
}

/** The features that Express serves. */
export interface SiteFeatures {
  readonly revocation: RequestHandler;
  readonly assets: RequestHandler;
  readonly session: RequestHandler;
  readonly externalSignIn: RequestHandler;
  readonly console: RequestHandler;
  readonly grant: RequestHandler;
}

/**
 * Every page and protocol URL that Express serves, in matching order. Those with `overHttp` come
 * first, before the redirect to https.
 */
export const siteRoutes = ({
  revocation,
  assets,
  session,
  externalSignIn,
  console,
  grant,
}: SiteFeatures): SiteRoute[] => [
  {
    urls: [
      '/wc-auth/v1/revoke',
      '/auth/logout',
      '/shopper/auth/v1/organizations/:organization/oauth2/logout',
      '/.well-known/oauth-authorization-server',
    ],
    router: revocation,
    overHttp: true,
  },
  { urls: ['/wc-auth/assets'], router: assets },
  { urls: ['/', '/login', '/wc-auth/v1/logout'], router: session },
  {
    urls: ['/wc-auth/v1/sign-in', '/wc-auth/v1/oidc', '/wc-auth/v1/handover'],
    router: externalSignIn,
  },
  { urls: ['/keys', '/apps', '/history', '/history.csv', '/account', '/users'], router: console },
  {
    urls: [
      '/wc-auth/v1/authorize',
      '/wc-auth/v1/login',
      '/wc-auth/v1/access_granted',
      '/wc-auth/v1/access_denied',
      // All other routes below it get the error that WooCommerce gives them.
      '/wc-auth/v1',
    ],
    router: grant,
  },
];

/** The handlers among which `routes` chooses. */
export interface Features {
  readonly gateway: Gateway['answer'];
  readonly verify: RequestListener;
  readonly legacyApi: RequestListener;
  readonly health: RequestListener;
  readonly probe: AnswerProbe;
  readonly site: RequestListener;
}

/**
 * Returns a function that tells whether a path is one of `urls` or below one. Like Express, it
 * ignores case.
 */
export function pathMatcher(urls: readonly string[]): (path: string) => boolean {
  const patterns = urls.map((url) => {
    const pattern = url.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+');
    return url === '/' ? '/$' : `${pattern}(?:/|$)`;
  });
  const matcher = new RegExp(`^(?:${patterns.join('|')})`, 'i');
  return (path) => matcher.test(path);
}

/**
 * Returns the listener that passes each request to its feature. The first match answers. Together
 * with `siteRoutes` it lists every URL of this server; a feature's own routes are below them. API
 * calls and health checks do not pass through Express, which would slow them down.
 */
export function routes(features: Features, basePath: string): RequestListener {
  const { gateway, verify, legacyApi, health, probe, site } = features;
  return (request, response) => {
    cutOffEndlessBody(request, response);
    const route = storeRoute(request.url ?? '/', basePath);

    // /wp-json/*, /?rest_route=*
    const address = restAddress(route);
    if (address) return gateway(request, response, address);

    const [path = ''] = routePath(route).split('?');
    if (/^\/wc-auth\/v1\/verify\/?$/.test(path)) return verify(request, response);
    // /wc-api/v1/*, /wc-api/v2/*, /wc-api/v3/*
    if (isLegacyApiPath(path)) return legacyApi(request, response);
    // /healthz, /readyz
    if (isHealthTarget(request.url)) return health(request, response);
    // /wc-auth/probe, for `wc-auth doctor` alone: for all others it is an unknown URL.
    if (path === PROBE_PATH && probe(request, response)) return;

    // siteRoutes, above
    return site(request, response);
  };
}
