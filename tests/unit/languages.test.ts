import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { languageOf, LANGUAGES, loadLanguages } from '../../server/pages/languages';
import { viewsDirectory } from '../../server/pages/messages';

const folder = join(viewsDirectory(), 'messages');

/**
 * Returns each key of a language with the placeholders of its text; plural forms count as one text.
 */
function textsOf(language: string): Record<string, string[]> {
  const texts: Record<string, string[]> = {};
  const visit = (node: object, prefix: string): void => {
    for (const [name, value] of Object.entries(node) as [string, string | Record<string, string>][])
      if (typeof value === 'object' && !('other' in value)) visit(value, `${prefix}${name}.`);
      else {
        const text = typeof value === 'string' ? value : Object.values(value).join(' ');
        texts[prefix + name] = [...new Set(text.match(/\{\w+\}/g))].sort();
      }
  };
  visit(JSON.parse(readFileSync(join(folder, `${language}.json`), 'utf8')) as object, '');
  return texts;
}

test('every file of texts is declared as a language, and every language has a file', () => {
  expect(readdirSync(folder).sort()).toEqual(LANGUAGES.map((language) => `${language}.json`).sort());
});

test.each(LANGUAGES)(
  'the language %s has the keys and the placeholders of the first language',
  (language) => {
    const first = textsOf(LANGUAGES[0]);
    expect(Object.keys(first).length).toBeGreaterThan(300);
    expect(textsOf(language)).toEqual(first);
  },
);

describe('the language of a request', () => {
  const texts = [{ locale: 'en' }, { locale: 'de' }, { locale: 'pt-BR' }];
  test.each([
    [undefined, 'en'],
    ['', 'en'],
    ['de', 'de'],
    ['DE', 'de'],
    ['de-AT', 'de'],
    ['pt-BR', 'pt-BR'],
    ['pt', 'en'],
    ['fr, de;q=0.8, en;q=0.9', 'en'],
    ['fr, en;q=0.5, de;q=0.8', 'de'],
    ['de;q=0', 'en'],
    ['*', 'en'],
    ['fr;q=0.9, *;q=0.1', 'en'],
    ['de;q=nonsense', 'en'],
    [',;,-', 'en'],
  ])('is, for the header %j, %s', (header, expected) => {
    const headers = header === undefined ? {} : { 'accept-language': header };
    expect(languageOf({ headers }, texts).locale).toBe(expected);
  });
});

test('a listener in one language leaves the header Vary alone', () => {
  const setHeader = jest.fn();
  const answered = jest.fn();
  const listener = loadLanguages().inEach(
    ({ locale }) =>
      () =>
        void answered(locale),
  );
  listener({ headers: { 'accept-language': 'de' } } as never, { setHeader } as never);
  expect(answered).toHaveBeenCalledWith('en');
  expect(setHeader).not.toHaveBeenCalled();
});
