import { codeBlock } from '../support/recipes/recipe';
import { FORGED_NAMES, HOP_BY_HOP_NAMES } from '../support/recipes/forged-names';

// These tests check the recipe of docs/traefik.md itself, not what Traefik does with it, because
// they do not run Traefik.

const recipe = codeBlock('traefik.md', 'yaml');
/**
 * Traefik's entry point removes these headers of a client and sets its own (`forwarded_header.go`).
 */
const SET_BY_TRAEFIK = /^x-(?:forwarded-(?:for|host|port|proto|server)|real-ip)$/i;

/** Returns the headers that a middleware of the recipe removes by name, in lower case. */
function removedBy(middleware: string): string[] {
  const [, lines = ''] = new RegExp(`^    ${middleware}:\n((?: {6,}.*\n)+)`, 'm').exec(recipe) ?? [];
  return [...lines.matchAll(/^ {10}([\w-]+): ''$/gm)].map(([, name = '']) => name.toLowerCase());
}

function removedByVerify(): RegExp {
  const [, pattern = ''] = /authResponseHeadersRegex: '\(\?i\)(.*)'/.exec(recipe) ?? [];
  expect(pattern).not.toBe('');
  return new RegExp(pattern, 'i');
}

test('the Traefik recipe removes every forged header before the API', () => {
  const before = removedBy('wc-auth-clean');
  const atVerify = removedByVerify();
  const through = FORGED_NAMES.filter(
    (name) => !before.includes(name.toLowerCase()) && !atVerify.test(name) && !SET_BY_TRAEFIK.test(name),
  );
  expect(through).toEqual([]);
});

test('the Traefik recipe keeps ordinary headers and those that Traefik sets', () => {
  const names = ['Accept', 'Content-Type', 'If-None-Match', 'Origin', 'X-WP-Nonce', 'X-HTTP-Method-Override'];
  const set = ['For', 'Host', 'Port', 'Proto', 'Server'].map((name) => `X-Forwarded-${name}`);
  expect([...names, ...set].filter((name) => removedByVerify().test(name))).toEqual([]);
});

test('the Traefik recipe cleans what it passes to either service', () => {
  expect(removedBy('wc-auth-clean')).toEqual(expect.arrayContaining(['connection', ...HOP_BY_HOP_NAMES]));
  const chains = [...recipe.matchAll(/^ {6}middlewares: \[(.*)\]$/gm)].map(([, names]) => names);
  expect(chains).toEqual(['wc-auth-clean, wc-auth-verify, wc-auth-drop-secret', 'wc-auth-clean']);
});

test('the Traefik recipe passes neither credentials nor cookies to the API', () => {
  expect(removedBy('wc-auth-drop-secret')).toEqual(
    expect.arrayContaining(['authorization', 'cookie', 'referer']),
  );
});
