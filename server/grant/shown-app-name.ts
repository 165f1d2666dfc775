import { visibleText } from '../http/visible-text';

// Elements whose content is not text, and then any tag. A `<` before a space does not start a tag.
const UNREAD = /<(script|style)\b[^>]*>[\s\S]*?<\/\1\s*>/gi;
const TAG = /<\/?[a-z!?][^>]*>?/gi;

// The filter of the key list has the same limit. It also bounds the search for a closing tag, which
// is quadratic.
const LOOKED_AT = 500;

/**
 * Returns the app's name for the consent page and the key's description. The name also identifies
 * the app, so names that differ only in invisible characters belong to one app. The page escapes
 * it.
 */
export function shownAppName(appName: string): string {
  const name = appName.slice(0, LOOKED_AT).replace(/[\ud800-\udbff]$/, '');
  // Invisible characters are removed first, so that they cannot hide a tag.
  const text = visibleText(name).replace(UNREAD, '').replace(TAG, '');
  return text.replace(/\s+/g, ' ').trim();
}
