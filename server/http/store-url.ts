import { parseUrl } from './parse-url';

/** The store's public base URL, parsed. It may have a path (`https://shop.example/store`). */
export interface StoreUrl {
  /** Without a trailing slash: `https://shop.example/store`. */
  readonly href: string;
  /** `https://shop.example` */
  readonly origin: string;
  /** `/store`, or empty. */
  readonly basePath: string;
  readonly secure: boolean;
}

/**
 * Parses a store URL. Returns `undefined` unless it is an http or https URL without query, fragment
 * and userinfo.
 */
export function parseStoreUrl(value: string): StoreUrl | undefined {
  const url = parseUrl(value);
  if (!url || !['http:', 'https:'].includes(url.protocol)) return undefined;
  if (url.search !== '' || url.hash !== '' || url.username !== '' || url.password !== '') return undefined;
  const basePath = url.pathname.replace(/\/+$/, '');
  return { href: url.origin + basePath, origin: url.origin, basePath, secure: url.protocol === 'https:' };
}
