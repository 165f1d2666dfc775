import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

// docs/errors.md explains every error that the server's code can throw at a client.

const ROOT = resolve(__dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');

const sources = readdirSync(join(ROOT, 'server'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) =>
    ts.createSourceFile(file, readFileSync(join(ROOT, 'server', file), 'utf8'), ts.ScriptTarget.Latest),
  );

/** The literal parts of a text: of a template those between its placeholders. */
function literals(node: ts.Node): string[] {
  const texts: string[] = [];
  const visit = (inner: ts.Node): void => {
    if (ts.isStringLiteralLike(inner)) texts.push(inner.text);
    else if (ts.isTemplateExpression(inner))
      texts.push(inner.head.text, ...inner.templateSpans.map(({ literal }) => literal.text));
    else if (!ts.isCallExpression(inner)) ts.forEachChild(inner, visit);
  };
  visit(node);
  return texts.map((text) => text.trim()).filter((text) => text.length > 3);
}

function argumentsOf(name: string): ts.Node[][] {
  const found: ts.Node[][] = [];
  for (const source of sources) {
    const visit = (node: ts.Node): void => {
      if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === name)
        found.push([...(node.arguments ?? [])]);
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

/**
 * The arguments of functions such as `rejected(message)`, which do nothing but make a RestError, in
 * the file that has them.
 */
function argumentsOfMakers(): ts.Node[] {
  return sources.flatMap((source) => {
    const makers = new Set<string>();
    const findMakers = (node: ts.Node): void => {
      if (ts.isVariableDeclaration(node) && node.initializer && ts.isArrowFunction(node.initializer)) {
        const { body } = node.initializer;
        if (ts.isNewExpression(body) && body.expression.getText(source) === 'RestError')
          makers.add(node.name.getText(source));
      }
      ts.forEachChild(node, findMakers);
    };
    findMakers(source);
    const calls: ts.Node[] = [];
    const findCalls = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && makers.has(node.expression.getText(source)))
        calls.push(...node.arguments);
      ts.forEachChild(node, findCalls);
    };
    findCalls(source);
    return calls;
  });
}

const restErrors = argumentsOf('RestError');
const serverFile = (file: string) => readFileSync(join(ROOT, 'server', file), 'utf8');
/** The codes of all other errors: `readonly code = 'wp_die'`. */
const httpErrorCodes = [
  ...serverFile('errors/http-errors.ts').matchAll(/readonly code(?:: string)? = '(\w+)'/g),
].map(([, code]) => code);
/** Each status of /revoke with the names of its code. */
const revokeRows = [...serverFile('errors/oauth.ts').matchAll(/^ {2}(\d{3}): \{([\s\S]*?)\},?$/gm)];

// HELP_URL links to the anchor of a code, which GitHub and others make from its heading.
test('every code has a heading, and every heading is a code', () => {
  const revokeCodes = revokeRows.map(([, , members = '']) => /rest: '(\w+)'/.exec(members)?.[1]);
  const codes = new Set([
    ...restErrors.flatMap(([, code]) => (code ? literals(code) : [])),
    ...revokeCodes,
    ...httpErrorCodes,
  ]);
  expect([restErrors.length > 10, revokeCodes.length, httpErrorCodes.length]).toEqual([true, 8, 4]);
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
  expect(headings.sort()).toEqual([...codes].sort());
});

test('every text of /revoke is on the page', () => {
  const texts = argumentsOf('RevokeError').flatMap(([, message]) => (message ? literals(message) : []));
  expect(texts.length).toBeGreaterThan(15);
  expect(texts.filter((text) => !page.replaceAll('\n', ' ').includes(text))).toEqual([]);
});

test('every text of the REST API is on the page', () => {
  const texts = [...restErrors.flatMap(([, , message]) => message ?? []), ...argumentsOfMakers()].flatMap(
    literals,
  );
  expect(texts).toContain('Consumer key is invalid.');
  expect(texts.length).toBeGreaterThan(25);
  expect(texts.filter((text) => !page.replaceAll('\n', ' ').includes(text))).toEqual([]);
});

test('every text of the connect flow is on the page', () => {
  const texts = argumentsOf('WcAuthError').flatMap(([message]) => (message ? literals(message) : []));
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter((text) => !page.includes(text))).toEqual([]);
});

test('every code of a failed delivery is in its table, and the table has no other', () => {
  const { fix } = JSON.parse(readFileSync(join(ROOT, 'views/messages/en.json'), 'utf8')) as {
    fix: Record<string, string | Record<string, string>>;
  };
  const codes = Object.entries(fix)
    .flatMap(([kind, text]) =>
      typeof text === 'string' ? [kind] : Object.keys(text).map((problem) => `${kind}_${problem}`),
    )
    // The code of Node.js or OpenSSL stands in its place.
    .filter((code) => code !== 'other_code');
  const [, table = ''] = /### Codes of a failed delivery\n([\s\S]*?)\n##/.exec(page) ?? [];
  const listed = [...table.matchAll(/^\| `([\w-]+)` +\|/gm)].map(([, code]) => code);
  expect(listed.sort()).toEqual([...codes, 'interrupted', 'revoked'].sort());
});

test('every status of /revoke is on the page with its codes', () => {
  expect(revokeRows).toHaveLength(8);
  for (const [, status, members = ''] of revokeRows) {
    const code = /rest: '(\w+)'/.exec(members)?.[1];
    const oauth = /oauth: '(\w+)'/.exec(members)?.[1];
    expect(page).toMatch(new RegExp(`^\\| ${status} +\\| \`${code}\` +\\| \`${oauth}\` +\\|`, 'm'));
  }
});
