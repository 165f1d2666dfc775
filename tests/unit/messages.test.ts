import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMessages } from '../../server/pages/messages';

const folder = mkdtempSync(join(tmpdir(), 'wc-auth-messages-'));
mkdirSync(join(folder, 'messages'));

function messagesOf(texts: object, locale = 'en') {
  writeFileSync(join(folder, 'messages', `${locale}.json`), JSON.stringify(texts));
  return loadMessages(locale, folder);
}

describe('messages', () => {
  const t = messagesOf({
    a: { b: 'Hello {name}, {name}', plain: 'As is' },
    keys: { one: '{count} key', other: '{count} keys' },
  });

  test('finds a nested key by its dotted name and fills in its values', () => {
    expect(t('a.b', { name: 'Mo' })).toBe('Hello Mo, Mo');
    expect(t('a.plain')).toBe('As is');
  });

  test.each([
    [0, '0 keys'],
    [1, '1 key'],
    [2, '2 keys'],
  ])('uses the plural form for a count of %i: %s', (count, text) => {
    expect(t('keys', { count })).toBe(text);
  });

  test('uses the plural forms of a language with more of them', () => {
    const polish = messagesOf({ n: { one: 'klucz', few: 'klucze', many: 'kluczy', other: 'klucza' } }, 'pl');
    expect([1, 3, 5, 1.5].map((count) => polish('n', { count }))).toEqual([
      'klucz',
      'klucze',
      'kluczy',
      'klucza',
    ]);
  });

  test.each(['nope', 'a', 'a.b.c', 'constructor', '__proto__', 'keys.one'])(
    'throws for the unknown key %s',
    (key) => {
      expect(() => t(key)).toThrow(/unknown message/);
    },
  );

  test('throws for a place without a value', () => {
    expect(() => t('a.b')).toThrow(/\{name\}/);
    expect(() => t('a.b', { other: 1 })).toThrow(/\{name\}/);
  });

  test('keeps a value that looks like a place or a replacement pattern', () => {
    expect(t('a.b', { name: '{name}$&$1' })).toBe('Hello {name}$&$1, {name}$&$1');
  });

  test('keeps texts and values apart in parts', () => {
    expect(t.parts('a.b', { name: 'Mo' })).toEqual([
      { text: 'Hello ' },
      { value: 'Mo' },
      { text: ', ' },
      { value: 'Mo' },
    ]);
  });
});
