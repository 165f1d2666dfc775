/**
 * Whether a path, resolved by whoever answers it (RFC 3986 section 5.2.4), may lie elsewhere than where it was checked:
 * `/wp-json/../admin` in any spelling that some server undoes, escaped, with backslashes, with a path parameter.
 */
export function leavesTheApi(path: string): boolean {
  return path
    .replace(/%2e/gi, '.')
    .replace(/%2f|%5c|\\/gi, '/')
    .split('/')
    .some((segment) => /^\.{1,2}(?:;|%3b|$)/i.test(segment));
}
