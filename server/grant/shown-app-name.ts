// Whole elements whose content is not meant to be read, then any tag. A `<` before a space is no tag.
const UNREAD = /<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi;
const TAG = /<\/?[a-z!?][^>]*>?/gi;
// Control characters; and what turns or hides the text around it (bidirectional marks, zero-width, tags).
const CONTROL = /\p{Cc}+/gu;
const INVISIBLE = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

// What is longer is no name, could not be filtered by (key-list.ts), and would make the search for a closing tag a load (it is quadratic).
const LOOKED_AT = 500;

/** The name as people see it, on the consent page and in the key's description. Escaping is the page's affair. */
export function shownAppName(appName: string): string {
  const name = appName.slice(0, LOOKED_AT).replace(/[\ud800-\udbff]$/, '');
  // What cannot be seen goes first, so that nothing can hide a tag.
  const text = name.replace(INVISIBLE, '').replace(UNREAD, '').replace(TAG, '').replace(CONTROL, ' ');
  return text.replace(/\s+/g, ' ').trim();
}
