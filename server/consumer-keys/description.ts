/** The maximum length in characters, that of WooCommerce's column. */
export const DESCRIPTION_MAX = 200;
const NAME_MAX = 170;
const CUT = '...';

/**
 * Returns `APP_NAME - API (YYYY-MM-DD HH:MM:SS)` in UTC, the description of a granted key in
 * WooCommerce. A name over 170 characters is cut to 170 and ends with `...`.
 */
export function grantDescription(shownAppName: string, now: number): string {
  const characters = Array.from(shownAppName);
  const name =
    characters.length > NAME_MAX ? characters.slice(0, NAME_MAX - CUT.length).join('') + CUT : shownAppName;
  return `${name} - API (${utcDateTime(now)})`;
}

/** Returns `YYYY-MM-DD HH:MM:SS` in UTC. */
export function utcDateTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

/**
 * Reads a description that a person typed. Control characters, and characters that change the
 * direction of text, are removed. Returns `undefined` if nothing visible remains, or more than
 * {@link DESCRIPTION_MAX} characters.
 */
export function parseDescription(value: string): string | undefined {
  const text = value
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .trim();
  const isSeen = /[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
  return !isSeen || Array.from(text).length > DESCRIPTION_MAX ? undefined : text;
}
