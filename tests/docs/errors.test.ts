import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  PAGE_CODES,
  REST_CODES,
  REST_TEXTS,
  REVOKE_STATUSES,
  REVOKE_TEXTS,
  WC_AUTH_TEXTS,
} from '../support/http/wire-texts';

// docs/errors.md explains every error that the server's code can throw at a client.

const ROOT = resolve(__dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');

// HELP_URL links to the anchor of a code, which GitHub and others make from its heading.
test('every code has a heading, and every heading is a code', () => {
  const codes = new Set([...REST_CODES, ...REVOKE_STATUSES.map(({ rest }) => rest), ...PAGE_CODES]);
  expect([REST_CODES.length > 10, REVOKE_STATUSES.length, PAGE_CODES.length]).toEqual([true, 8, 4]);
  const headings = [...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
  expect(headings.sort()).toEqual([...codes].sort());
});

const isAbsent = (text: string) => !page.replaceAll('\n', ' ').includes(text);

test('every text of /revoke is on the page', () => {
  expect(REVOKE_TEXTS.length).toBeGreaterThan(20);
  expect(REVOKE_TEXTS.filter(isAbsent)).toEqual([]);
});

test('every text of the REST API is on the page', () => {
  expect(REST_TEXTS).toContain('Consumer key is invalid.');
  expect(REST_TEXTS.length).toBeGreaterThan(25);
  expect(REST_TEXTS.filter(isAbsent)).toEqual([]);
});

test('every text of the connect flow is on the page', () => {
  expect(WC_AUTH_TEXTS.length).toBeGreaterThan(5);
  expect(WC_AUTH_TEXTS.filter(isAbsent)).toEqual([]);
});

test('every code of a failed delivery has a heading, and every heading is a code', () => {
  type Texts = Record<string, string | Record<string, string>>;
  const texts = JSON.parse(readFileSync(join(ROOT, 'views/messages/en.json'), 'utf8')) as Record<
    'fix' | 'operator_fix',
    Texts
  >;
  const codes = [texts.fix, texts.operator_fix]
    .flatMap((fixes) => Object.entries(fixes))
    .flatMap(([kind, text]) =>
      typeof text === 'string' ? [kind] : Object.keys(text).map((problem) => `${kind}_${problem}`),
    )
    // The page of that failure shows the code of Node.js or OpenSSL.
    .map((code) => (code === 'other_code' ? 'other' : code));
  const [, section = ''] = /### Codes of a failed delivery\n([\s\S]*?)\n## /.exec(page) ?? [];
  const listed = [...section.matchAll(/^#### ([\w-]+)$/gm)].map(([, code]) => code);
  expect(listed.sort()).toEqual([...new Set([...codes, 'interrupted', 'revoked'])].sort());
});

test('every status of /revoke is on the page with its codes', () => {
  expect(REVOKE_STATUSES).toHaveLength(8);
  for (const { status, rest, oauth } of REVOKE_STATUSES)
    expect(page).toMatch(new RegExp(`^\\| ${status} +\\| \`${rest}\` +\\| \`${oauth}\` +\\|`, 'm'));
});
