import { visibleText } from '../http/visible-text';

// Whole elements whose content is not meant to be read, then any tag. A `<` before a space is no
// tag.
const UNREAD = /<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi;
const TAG = /<\/?[a-z!?][^>]*>?/gi;

// What is longer is no name, could not be filtered by (key-list.ts), and would make the search for
// a closing tag a load (it is quadratic).
const LOOKED_AT = 500;

/**
 * Returns the name as people see it, on the consent page and in the key's description. It also
 * identifies the app, so names that look alike for want of a visible character are one app's.
 * Escaping is the page's affair.
 */
export function shownAppName(appName: string): string {
  const name = appName.slice(0, LOOKED_AT).replace(/[\ud800-\udbff]$/, '');
  // What cannot be seen goes first, so that nothing can hide a tag.
  const text = visibleText(name).replace(UNREAD, '').replace(TAG, '');
  return text.replace(/\s+/g, ' ').trim();
}
