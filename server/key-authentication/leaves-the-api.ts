/**
 * Returns whether a server that resolves dot segments (RFC 3986 section 5.2.4) may answer another
 * path than the one that was checked. An example is `/wp-json/../admin`, also escaped, with
 * backslashes, or with a path parameter.
 */
export function leavesTheApi(path: string): boolean {
  return path
    .replace(/%2e/gi, '.')
    .replace(/%2f|%5c|\\/gi, '/')
    .split('/')
    .some((segment) => /^\.{1,2}(?:;|%3b|$)/i.test(segment));
}
