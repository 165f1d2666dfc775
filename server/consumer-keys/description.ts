/** In characters; WooCommerce's column is as wide. */
export const DESCRIPTION_MAX = 200;
const NAME_MAX = 170;
const CUT = '...';

/**
 * `APP_NAME - API (YYYY-MM-DD HH:MM:SS)` in UTC, a name over 170 characters cut to 170 with `...` at its end, as
 * WooCommerce describes a granted key.
 */
export function grantDescription(shownAppName: string, now: number): string {
  const characters = Array.from(shownAppName);
  const name =
    characters.length > NAME_MAX ? characters.slice(0, NAME_MAX - CUT.length).join('') + CUT : shownAppName;
  return `${name} - API (${utcDateTime(now)})`;
}

/** `YYYY-MM-DD HH:MM:SS` in UTC. */
export function utcDateTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
}

/**
 * What a person typed as description: control characters and those that turn the direction of text around are dropped.
 * `undefined` when nothing is left that can be seen, or more than {@link DESCRIPTION_MAX} characters.
 */
export function parseDescription(value: string): string | undefined {
  const text = value
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .trim();
  const isSeen = /[^\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u.test(text);
  return !isSeen || Array.from(text).length > DESCRIPTION_MAX ? undefined : text;
}
