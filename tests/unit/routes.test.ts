import { pathMatcher, siteRoutes, type SiteFeatures } from '../../server/routes';

const features = Object.fromEntries(
  ['revocation', 'assets', 'session', 'console', 'grant'].map((name) => [name, () => undefined]),
) as unknown as SiteFeatures;

/** The feature that answers a path: the first in the mount list. */
function featureFor(path: string): string | undefined {
  const route = siteRoutes(features).find(({ urls }) => pathMatcher(urls)(path));
  return Object.entries(features).find(([, router]) => router === route?.router)?.[0];
}

test.each([
  ['/', 'session'],
  ['/login', 'session'],
  ['/LOGIN/', 'session'],
  ['/wc-auth/v1/logout', 'session'],
  ['/wc-auth/v1/revoke', 'revocation'],
  ['/auth/logout', 'revocation'],
  ['/shopper/auth/v1/organizations/f_ecom_1/oauth2/logout', 'revocation'],
  ['/.well-known/oauth-authorization-server', 'revocation'],
  ['/.well-known/oauth-authorization-server/shop', 'revocation'],
  ['/wc-auth/assets/app.css', 'assets'],
  ['/keys/12/revoke', 'console'],
  ['/apps', 'console'],
  ['/apps/disconnect', 'console'],
  ['/history.csv', 'console'],
  ['/users/3/role', 'console'],
  ['/wc-auth/v1/authorize', 'grant'],
  ['/wc-auth/v1', 'grant'],
  ['/wc-auth/v10', undefined],
  ['/keyss', undefined],
  ['/shopper/auth/v1/organizations/a/b/oauth2/logout', undefined],
  ['/xwell-known/oauth-authorization-server', undefined],
  ['/admin', undefined],
])('the mount list gives %s to %s', (path, feature) => {
  expect(featureFor(path)).toBe(feature);
});
