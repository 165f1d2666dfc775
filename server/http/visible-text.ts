// Matches zero-width and bidi characters, fillers, variation selectors, tags, annotation marks and
// the blank Braille pattern.
const INVISIBLE = /(?![\u200c\u200d])[\p{Default_Ignorable_Code_Point}\ufff9-\ufffb\u2800]/gu;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]+/gu;

// ZWNJ and ZWJ shape Persian and Indic words and join emoji. Elsewhere, and when repeated, they are
// invisible.
const FURTHER_JOINERS = /(?<=[\u200c\u200d])[\u200c\u200d]+/g;
const JOINED = String.raw`[\p{L}\p{M}\p{N}\p{Emoji_Modifier}\p{Extended_Pictographic}]`;
const STRAY_JOINER = new RegExp(`(?<!${JOINED})[\u200c\u200d]|[\u200c\u200d](?!${JOINED})`, 'gu');

/**
 * Returns the text without characters that show nothing or reorder the text around them (UTS 39,
 * UTR 36).
 */
export function visibleText(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(FURTHER_JOINERS, '')
    .replace(STRAY_JOINER, '')
    .replace(CONTROL, ' ');
}

const REPEATED_MAX = 200;

/**
 * Returns a value as a page or an error may show it: its visible text, at most 200 characters.
 */
export function repeated(value: string, ifCut = ''): string {
  const characters = Array.from(visibleText(value));
  return characters.slice(0, REPEATED_MAX).join('') + (characters.length > REPEATED_MAX ? ifCut : '');
}
