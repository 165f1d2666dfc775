import type { IncomingMessage, RequestListener } from 'node:http';
import { loadMessages, viewsDirectory, type Messages } from './messages';

/**
 * The languages of the pages; the first is the default. To add one, add its file to
 * `views/messages/` and its BCP 47 tag here.
 */
export const LANGUAGES = ['en'] as const;
export type Language = (typeof LANGUAGES)[number];

export type Languages = ReturnType<typeof loadLanguages>;

/** Loads the texts of every language. Call it once per process. */
export function loadLanguages(viewsDir: string = viewsDirectory()) {
  const texts = LANGUAGES.map((language) => loadMessages(language, viewsDir));
  const [standard] = texts as [Messages, ...Messages[]];
  return {
    /** The texts of the default language. The command line, and names that are stored, use them. */
    standard,

    /**
     * Calls `build` once per language, and returns the listener that passes each request to the one
     * in the language of its browser.
     */
    inEach(build: (messages: Messages) => RequestListener): RequestListener {
      const listeners = texts.map(build);
      return (request, response) => {
        // Caches must not mix languages.
        if (texts.length > 1) response.setHeader('Vary', 'Accept-Language');
        listeners[texts.indexOf(languageOf(request, texts))]?.(request, response);
      };
    },
  };
}

/**
 * Returns the texts that fit a request's `Accept-Language` best, or those of the first language if
 * none fits. A range such as `de-AT` also matches `de` (RFC 4647, 3.4).
 */
export function languageOf<Texts extends { readonly locale: string }>(
  { headers }: Pick<IncomingMessage, 'headers'>,
  texts: readonly Texts[],
): Texts {
  const [standard] = texts;
  if (standard === undefined) throw new Error('there is no language');
  const ranges = (headers['accept-language'] ?? '')
    .split(',')
    .map((range) => {
      const [tag = '', weight] = range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*q=/);
      return { tag, weight: weight === undefined ? 1 : Number(weight) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight);
  for (const { tag } of ranges)
    for (let prefix = tag; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('-')))) {
      const found = prefix === '*' ? standard : texts.find(({ locale }) => locale.toLowerCase() === prefix);
      if (found) return found;
    }
  return standard;
}
