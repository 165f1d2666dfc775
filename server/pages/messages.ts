import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The values of a text's placeholders. `count` also selects the plural form. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** One piece of a text that is split at its placeholders, so that a page can mark up the values. */
export type MessagePart = { readonly text: string } | { readonly value: string };

/**
 * The texts of one language. Throws if the file does not have the key, or if a placeholder has no
 * value.
 */
export interface Messages {
  (key: string, values?: MessageValues): string;
  /** Returns whether the file has a text for the key. */
  has(key: string): boolean;
  /** Returns the same text in pieces. */
  parts(key: string, values?: MessageValues): readonly MessagePart[];
  readonly locale: string;
}

type Entry = string | Readonly<Partial<Record<Intl.LDMLPluralRule, string>>>;

/** Returns the folder `views/`. It is found from the source tree and from `dist/`. */
export function viewsDirectory(from: string = __dirname): string {
  const views = join(from, 'views');
  if (existsSync(join(views, 'messages'))) return views;
  if (dirname(from) === from) throw new Error('the folder views/ is missing');
  return viewsDirectory(dirname(from));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Flattens nested keys to `a.b.c`. An object with `other` is a text with plural forms: CLDR has
 * `other` in every language.
 */
function flatten(node: Record<string, unknown>, prefix = ''): [string, Entry][] {
  return Object.entries(node).flatMap(([name, value]): [string, Entry][] => {
    const key = prefix + name;
    if (typeof value === 'string') return [[key, value]];
    if (!isObject(value)) throw new Error(`message ${key} is neither a text nor an object`);
    return typeof value['other'] === 'string' ? [[key, value]] : flatten(value, `${key}.`);
  });
}

/**
 * Loads `views/messages/LOCALE.json`: nested keys, placeholders such as `{name}`, and plural forms
 * as `{"one": …, "other": …}`, chosen by `count`. `languages.ts` lists the languages.
 */
export function loadMessages(locale: string, viewsDir: string): Messages {
  const file: unknown = JSON.parse(readFileSync(join(viewsDir, 'messages', `${locale}.json`), 'utf8'));
  if (!isObject(file)) throw new Error(`messages/${locale}.json holds no object`);
  const entries = new Map(flatten(file));
  const rules = new Intl.PluralRules(locale);

  const textOf = (key: string, values: MessageValues): string => {
    const entry = entries.get(key);
    if (entry === undefined) throw new Error(`unknown message: ${key}`);
    if (typeof entry === 'string') return entry;
    return entry[rules.select(Number(values['count']))] ?? entry.other ?? '';
  };

  const parts = (key: string, values: MessageValues = {}): MessagePart[] =>
    textOf(key, values)
      .split(/\{(\w+)\}/)
      .map((piece, index) => {
        if (index % 2 === 0) return { text: piece };
        if (!Object.hasOwn(values, piece)) throw new Error(`message ${key} has no value for {${piece}}`);
        return { value: String(values[piece]) };
      })
      .filter((part) => !('text' in part) || part.text !== '');

  const translate = (key: string, values: MessageValues = {}): string =>
    parts(key, values)
      .map((part) => ('text' in part ? part.text : part.value))
      .join('');

  return Object.assign(translate, { has: (key: string) => entries.has(key), parts, locale });
}
