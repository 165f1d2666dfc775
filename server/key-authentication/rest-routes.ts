const INDEX = /^\/wp-json(?:\/wc\/v[123])?\/?$/;

/**
 * Returns whether a path is an index: the root of the REST API, or of one of WooCommerce's
 * namespaces. Indexes need no key, because apps look for the API there before they have one.
 *
 * @param path canonical, without its query
 */
export function isIndexPath(path: string): boolean {
  return INDEX.test(path);
}

/** Returns whether a request reads an index. */
export function isRestIndex(method: string, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && isIndexPath(path);
}
