/** The maximum length in characters. */
export const PERSON_NAME_MAX = 100;

/**
 * Returns a person's name without control characters and without characters that change the
 * direction of text.
 */
export function personName(value: string): string {
  return value
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/[\p{Bidi_Control}\ufeff]/gu, '')
    .trim();
}
