import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

// Reads from the source what the server can answer, so that tests can look for it in the docs.

const SERVER = resolve(__dirname, '../../../server');
const serverFile = (file: string) => readFileSync(join(SERVER, file), 'utf8');
const sources = readdirSync(SERVER, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ts.createSourceFile(file, serverFile(file), ts.ScriptTarget.Latest, true));

function nodesOf<Node extends ts.Node>(root: ts.Node, isWanted: (node: ts.Node) => node is Node): Node[] {
  const found: Node[] = [];
  const visit = (node: ts.Node): void => {
    if (isWanted(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** The value of a constant of the same file, or of one in capitals of any file. */
function valueOf(identifier: ts.Identifier): ts.Expression | undefined {
  const own = identifier.getSourceFile();
  const places = /^[A-Z_]+$/.test(identifier.text) ? [own, ...sources] : [own];
  return places
    .flatMap((source) => nodesOf(source, ts.isVariableDeclaration))
    .find(({ name, initializer }) => initializer && name.getText() === identifier.text)?.initializer;
}

/**
 * The literal parts of a text: of a template those between its placeholders, of a constant those
 * of its value.
 */
function literals(node: ts.Node): string[] {
  const texts: string[] = [];
  const visit = (inner: ts.Node): void => {
    if (ts.isStringLiteralLike(inner)) texts.push(inner.text);
    else if (ts.isTemplateExpression(inner))
      texts.push(inner.head.text, ...inner.templateSpans.map(({ literal }) => literal.text));
    else if (ts.isIdentifier(inner)) {
      const value = valueOf(inner);
      if (value && (ts.isStringLiteralLike(value) || ts.isTemplateExpression(value))) visit(value);
    } else if (!ts.isCallExpression(inner)) ts.forEachChild(inner, visit);
  };
  visit(node);
  return texts.map((text) => text.trim()).filter((text) => text.length > 3);
}

function argumentsOf(error: string): ts.Node[][] {
  return sources.flatMap((source) =>
    nodesOf(source, ts.isNewExpression)
      .filter(({ expression }) => expression.getText() === error)
      .map((node) => [...(node.arguments ?? [])]),
  );
}

/**
 * The arguments of functions such as `rejected(message)`, which do nothing but make a RestError, in
 * the file that has them.
 */
function argumentsOfMakers(): ts.Node[] {
  return sources.flatMap((source) => {
    const makers = nodesOf(source, ts.isVariableDeclaration)
      .filter(
        ({ initializer }) =>
          initializer &&
          ts.isArrowFunction(initializer) &&
          ts.isNewExpression(initializer.body) &&
          initializer.body.expression.getText() === 'RestError',
      )
      .map(({ name }) => name.getText());
    return nodesOf(source, ts.isCallExpression)
      .filter(({ expression }) => makers.includes(expression.getText()))
      .flatMap((call) => [...call.arguments]);
  });
}

const textsOf = (error: string, argument: number) =>
  argumentsOf(error).flatMap(({ [argument]: message }) => (message ? literals(message) : []));

const restErrors = argumentsOf('RestError');

export const REST_CODES = restErrors.flatMap(([, code]) => (code ? literals(code) : []));
export const REST_TEXTS = [
  ...restErrors.flatMap(([, , message]) => message ?? []),
  ...argumentsOfMakers(),
].flatMap(literals);
export const REVOKE_TEXTS = textsOf('RevokeError', 1);
/** The texts of "Access denied", without the leading `Error: `. */
export const WC_AUTH_TEXTS = textsOf('WcAuthError', 0);

/** The texts of every other error that pages answer in JSON. */
export const PAGE_TEXTS = [
  ...textsOf('ClientError', 1),
  ...textsOf('UnavailableError', 0),
  // `super('…')`, and the texts by status.
  ...[...serverFile('errors/http-errors.ts').matchAll(/'([A-Z][^'\n]*\.)'/g)].map(([, text = '']) => text),
];

/** The codes of all errors but RestError and RevokeError: `readonly code = 'wp_die'`. */
export const PAGE_CODES = [
  ...serverFile('errors/http-errors.ts').matchAll(/readonly code(?:: string)? = '(\w+)'/g),
].map(([, code = '']) => code);

/**
 * Each error status of /revoke with its codes: `code` in capitals, and those of OAuth and the REST
 * form.
 */
export const REVOKE_STATUSES = [
  ...serverFile('errors/oauth.ts').matchAll(/^ {2}(\d{3}): \{([\s\S]*?)\},?$/gm),
].map(([, status = '', members = '']) => {
  const member = (key: string) => new RegExp(`\\b${key}: '(\\w+)'`).exec(members)?.[1] ?? '';
  return {
    status,
    name: member('name'),
    code: member('code'),
    oauth: member('oauth'),
    rest: member('rest'),
  };
});

type Texts = Readonly<Record<string, string | object>>;

/**
 * The texts of the message file that clients of the protocol meet: the rules for the host of a
 * callback, the errors of the sign-in, and the sign-out in JSON.
 */
export const MESSAGE_TEXTS = (() => {
  const { address, login, logout, signed_out } = JSON.parse(
    readFileSync(join(SERVER, '../views/messages/en.json'), 'utf8'),
  ) as Record<'address' | 'login' | 'logout' | 'signed_out', Texts>;
  return [
    ...Object.values(address),
    ...[login['wrong'], login['expired']],
    ...[logout['bad_nonce'], logout['no_session'], logout['unconfirmed'], signed_out['notice']],
  ]
    .filter((text) => typeof text === 'string')
    .flatMap((text) => text.split(/\{\w+\}/))
    .map((text) => text.trim())
    .filter((text) => text.length > 3);
})();
