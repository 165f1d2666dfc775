import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { AUDIT_EVENTS } from '../../server/audit/audit-events';
import { LANGUAGES } from '../../server/pages/languages';
import { viewsDirectory } from '../../server/pages/messages';

const root = join(__dirname, '../..');

/** Returns the dotted keys of all texts. An object with `other` is one text with plural forms. */
const keysOf = (node: object, prefix = ''): string[] =>
  Object.entries(node).flatMap(([name, value]: [string, string | object]) =>
    typeof value === 'string' || 'other' in value ? [prefix + name] : keysOf(value, `${prefix}${name}.`),
  );
const keysIn = (language: string): string[] =>
  keysOf(JSON.parse(readFileSync(join(viewsDirectory(), `messages/${language}.json`), 'utf8')) as object);
const keys = keysIn(LANGUAGES[0]);

function sourceOf(file: string): string {
  const source = readFileSync(file, 'utf8');
  if (!file.endsWith('.ejs')) return source;
  const codes = [...source.matchAll(/<%([=-]?)([\s\S]*?)[-_]?%>/g)];
  return codes.map(([, prints, code]) => (prints ? `(${code!});` : code)).join('\n');
}

/**
 * A text in the code, with `…` in the place of each expression: `` `status.${status}` `` is
 * `status.…`.
 */
function* literalsIn(file: string): Generator<string> {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node))
      found.push(node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join(''));
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, sourceOf(file), ts.ScriptTarget.Latest));
  yield* found;
}

const groups = new Set(keys.map((key) => key.split('.')[0]));
const literals = new Set(
  ['server', 'views']
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(root, folder, name),
      ),
    )
    .filter((file) => /\.(?:ts|ejs)$/.test(file))
    .flatMap((file) => [...literalsIn(file)])
    .filter((text) => /^[a-z_]+(?:\.[\w…-]+)+$/.test(text) && groups.has(text.split('.')[0])),
);

// The name of an audit event and the key of a failed delivery may contain a dot.
const WITH_DOTS = ['history.event.…', 'fix.…', 'operator_fix.…'];

/** A page's key stands for its `title` and `text`. */
function patternOf(literal: string): RegExp {
  const expression = WITH_DOTS.includes(literal) ? String.raw`[^.]+(?:\.[^.]+)?` : '[^.]+';
  return new RegExp(
    `^${literal.replaceAll('.', String.raw`\.`).replaceAll('…', expression)}(?:\\.title|\\.text)?$`,
  );
}
const patterns = [...literals].map((literal) => ({ literal, pattern: patternOf(literal) }));

test('every message key in the code exists in the message file', () => {
  expect(patterns.length).toBeGreaterThan(100);
  const missing = patterns
    .filter(({ literal }) => !(AUDIT_EVENTS as readonly string[]).includes(literal))
    .filter(({ pattern }) => !keys.some((key) => pattern.test(key)));
  expect(missing.map(({ literal }) => literal)).toEqual([]);
});

test('every text of the message file is used in the code', () => {
  expect(keys.filter((key) => !patterns.some(({ pattern }) => pattern.test(key)))).toEqual([]);
});
