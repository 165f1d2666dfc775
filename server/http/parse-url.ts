/**
 * A URL, or `undefined` for what is none. Not `URL.canParse`: on Node 20 and 22 the optimised call reads a string with
 * letters beyond ASCII wrongly, so that after some thousand calls it refuses `https://bücher.example` and lets through
 * what `new URL` then throws at.
 */
export function parseUrl(value: string, base?: string): URL | undefined {
  try {
    return new URL(value, base);
  } catch {
    return undefined;
  }
}
