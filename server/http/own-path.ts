import { parseUrl } from './parse-url';
import type { StoreUrl } from './store-url';

/** A path of this store as a redirect may lead to: never another site, whatever its form (`//host`, `/\host`). */
export function ownPath(value: string | undefined, storeUrl: StoreUrl): string | undefined {
  // eslint-disable-next-line no-control-regex -- browsers drop tabs and line ends from a URL, so `/\t/host` is `//host`
  if (!value?.startsWith('/') || /[\u0000-\u001f\u007f\\]/.test(value)) return undefined;
  const url = parseUrl(value, storeUrl.origin);
  // `/..//host` comes out of the parser as `//host`, which would be another site if anything followed it as it is.
  if (url?.origin !== storeUrl.origin || url.pathname.startsWith('//')) return undefined;
  return url.pathname + url.search;
}
