import type { MessageText } from '../errors/message-text';

/**
 * Returns a browser in words, such as "Chrome on Android". For an unknown browser, bowser returns a
 * word of the user agent, so only names it lists are shown.
 */
export function shownBrowser(userAgent: string): MessageText {
  // Loaded with the first list of browsers: a server starts without it.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { parse, BROWSER_MAP } = require('bowser') as typeof import('bowser');
  // The library rejects an empty text.
  const { browser, os } = parse(userAgent || ' ');
  const name = Object.values(BROWSER_MAP).find((one) => one === browser.name);
  const on = os.name ? { system: os.name } : {};
  if (name === undefined)
    return { key: `account.browser.${os.name ? 'unknown_on_system' : 'unknown'}`, values: on };
  // "Samsung Internet for Android"
  const values = { browser: name.replace(/ (?:for )?Android$/, ''), ...on };
  return { key: `account.browser.${os.name ? 'on_system' : 'alone'}`, values };
}
