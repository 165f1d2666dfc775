import { parseUrl } from './parse-url';
import type { StoreUrl } from './store-url';

/**
 * Returns the value if it is a path of this store, so that a redirect to it is safe. Returns
 * `undefined` for anything that leads to another site, such as `//host` or `/\host`.
 */
export function ownPath(value: string | undefined, storeUrl: StoreUrl): string | undefined {
  // eslint-disable-next-line no-control-regex -- browsers drop tabs and line ends from a URL, so `/\t/host` is `//host`
  if (!value?.startsWith('/') || /[\u0000-\u001f\u007f\\]/.test(value)) return undefined;
  const url = parseUrl(value, storeUrl.origin);
  // The parser turns `/..//host` into `//host`, and a browser follows that to another site.
  if (url?.origin !== storeUrl.origin || url.pathname.startsWith('//')) return undefined;
  return url.pathname + url.search;
}
