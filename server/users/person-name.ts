/** In characters. */
export const PERSON_NAME_MAX = 100;

/** A person's name as it may be shown: without control characters and those that turn the direction of text around. */
export function personName(value: string): string {
  return value
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[\p{Bidi_Control}\ufeff]/gu, '')
    .trim();
}
