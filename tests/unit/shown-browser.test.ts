import { shownBrowser } from '../../server/console/shown-browser';
import { loadLanguages } from '../../server/pages/languages';

const messages = loadLanguages().standard;
const shown = (userAgent: string) => {
  const { key, values } = shownBrowser(userAgent);
  return messages(key, values);
};

const SAFARI = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1';
const CHROME = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0';

test.each([
  ['Chrome on Android', `Mozilla/5.0 (Linux; Android 10; K) ${CHROME} Mobile Safari/537.36`],
  ['Chrome on Windows', `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${CHROME} Safari/537.36`],
  ['Chrome on Chrome OS', `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${CHROME} Safari/537.36`],
  ['Microsoft Edge on Windows', `Mozilla/5.0 (Windows NT 10.0) ${CHROME} Safari/537.36 Edg/131.0.0.0`],
  [
    'Samsung Internet on Android',
    `Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36`,
  ],
  [
    'Firefox on macOS',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:133.0) Gecko/20100101 Firefox/133.0',
  ],
  ['Firefox on Linux', 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'],
  [
    'Safari on iOS',
    `Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) ${SAFARI} Mobile/15E148 Safari/604.1`,
  ],
  ['Safari on macOS', `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${SAFARI} Safari/605.1.15`],
  ['Googlebot', 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'],
])('%s is what the account page says for its user agent', (words, userAgent) => {
  expect(shown(userAgent)).toBe(words);
});

test.each([
  ['Unknown browser', ''],
  ['Unknown browser', ' '],
  ['Unknown browser', 'curl/8.5.0'],
  ['Unknown browser', '__proto__/1 constructor toString'],
  ['Unknown browser', '<script>alert(1)</script>"'],
  ['Unknown browser on Linux', '\u202eSafe Browser/1.0 (Linux)'],
  ['Unknown browser on Windows', 'Your-bank/1.0 (Windows NT 10.0)'],
])('%s is what the account page says for the user agent %j', (words, userAgent) => {
  expect(shown(userAgent)).toBe(words);
});
