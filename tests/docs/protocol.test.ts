import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  MESSAGE_TEXTS,
  PAGE_CODES,
  PAGE_TEXTS,
  REST_CODES,
  REST_TEXTS,
  REVOKE_STATUSES,
  REVOKE_TEXTS,
  WC_AUTH_TEXTS,
} from '../support/http/wire-texts';
import { documentedStore, type DocumentedStore } from '../support/store/documented-store';
import { difference, differenceOfRequest, exchangesOf, play, type Values } from '../support/http/exchanges';

const ROOT = resolve(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/protocol.md');

let scene: DocumentedStore;
beforeAll(async () => (scene = await documentedStore()));
afterAll(() => scene.close());

test('every section of the protocol that code, tests or pages cite is on the page', () => {
  const sections = new Set([...page.matchAll(/^##+ (\d(?:\.\d)?)[. ]/gm)].map(([, section]) => section));
  const skipped = /^(?:node_modules|dist|coverage|data|screenshots|\.git)$/;
  const sources = readdirSync(ROOT, { withFileTypes: true })
    .filter(({ name }) => !skipped.test(name))
    .flatMap((entry) =>
      entry.isDirectory()
        ? readdirSync(join(ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map((path) =>
            join(entry.name, path),
          )
        : [entry.name],
    )
    .filter(
      (path) => /\.(?:[cm]?[tj]s|ejs|md|json|ya?ml|example)$/.test(path) && !path.includes('node_modules'),
    );
  expect(sources).toEqual(expect.arrayContaining(['README.md', 'bench/run.ts', 'server/routes.ts']));
  const cited = sources.flatMap((path) =>
    [...read(path).matchAll(/\bprotocol (\d(?:\.\d)?)\b/gi)].map(([, section]) => ({ path, section })),
  );
  expect(cited.length).toBeGreaterThan(5);
  expect(cited.filter(({ section }) => !sections.has(section))).toEqual([]);
});

describe('the errors of docs/protocol.md', () => {
  // A long text is wrapped in a paragraph.
  const prose = page.replaceAll('\n', ' ');

  test('include every code', () => {
    const codes = [...REST_CODES, ...PAGE_CODES, ...REVOKE_STATUSES.map(({ rest }) => rest)];
    expect(codes).toEqual(expect.arrayContaining(['rest_no_route', 'internal_error']));
    expect(codes.filter((code) => !new RegExp(`[\`"]${code}[\`"]`).test(page))).toEqual([]);
  });

  test.each([
    ['the REST API', REST_TEXTS],
    ['/revoke', REVOKE_TEXTS],
    ['"Access denied"', WC_AUTH_TEXTS],
    ['all pages', PAGE_TEXTS],
    ['the message file', MESSAGE_TEXTS],
  ])('include every text of %s', (_place, texts) => {
    expect(texts.length).toBeGreaterThan(5);
    expect(texts.filter((text) => !prose.includes(text))).toEqual([]);
  });

  test('include every status of /revoke with its names', () => {
    const row = /^\| (\d{3})(?:, `[\w-]+`)? +\| `(\w+)` +\| `(\w+)` +\| `(\w+)` +\| `(\w+)` +\|$/gm;
    const rows = [...page.matchAll(row)].map(([, status, name, code, rest, oauth]) => ({
      status,
      name,
      code,
      rest,
      oauth,
    }));
    expect(rows).toHaveLength(8);
    expect(rows).toEqual(REVOKE_STATUSES);
  });
});

describe('the exchanges of docs/protocol.md', () => {
  const values: Values = new Map();
  // The host of the app on the page is this machine's callback server.
  const toScene = (text: string) => text.replaceAll('pilot.example', `localhost%3A${scene.app.port}`);
  const toPage = (text: string) =>
    text.replace(new RegExp(`localhost(?::|%3A)${scene.app.port}`, 'g'), 'pilot.example');

  test.each(exchangesOf(page))('match the server at line $line: $request.first', async (exchange) => {
    const { kind, request, answer } = exchange;
    const { store, app, passed } = scene;
    if (kind === 'callback' || kind === 'upstream') {
      const arrived = kind === 'callback' ? app.received() : passed;
      expect(differenceOfRequest(request, arrived.at(-1)!)).toBeUndefined();
      return;
    }
    const sent = { ...request, first: toScene(request.first), body: toScene(request.body) };
    const got = await play(kind === 'plain' ? store.url : store.tlsUrl, sent, values);
    expect(difference(answer, got, toPage)).toBeUndefined();
  });
});

describe('the paths of docs/protocol.md', () => {
  /** The server's paths on the page, with their variable parts filled in. */
  const paths = [...page.replace(/^```.*?^```$/gms, '').matchAll(/`(?:[A-Z]+ )?(?:\{STORE\})?(\/[^\s`…]*)`/g)]
    .map(([, path = '']) => path.replace('{organizationId}', 'any').replace('*', 'products'))
    // Without the names of routes within the API, the path of a STORE_URL, and paths that the page
    // says do not exist. security/probe.test.ts plays the probe, which looks like an unknown URL
    // without its signature.
    .filter(
      (path) =>
        !/^\/(?:wc\/v\d|store\b|wc-auth\/(?:v2\/|probe)$|wc-api\/|\.well-known\/.*\/store$)/.test(path),
    );

  test.each([...new Set(paths)])('include %s, which the server answers', async (path) => {
    const request = { first: `GET ${path} HTTP/1.1`, headers: [['Host', 'shop.example']] as const, body: '' };
    const { status } = await play(scene.store.tlsUrl, request, new Map());
    expect(status).not.toBe(404);
  });
});
