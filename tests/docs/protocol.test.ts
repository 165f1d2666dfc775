import { readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
  const sources = ['server', 'views', 'tests', 'docs', 'demo', 'migrations'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.(?:ts|js|ejs|md|json|ya?ml)$/.test(path) && !path.includes('node_modules'))
      .map((path) => join(folder, path)),
  );
  const cited = sources.flatMap((path) =>
    [...read(path).matchAll(/\bprotocol (\d(?:\.\d)?)\b/gi)].map(([, section]) => ({ path, section })),
  );
  expect(cited.length).toBeGreaterThan(5);
  expect(cited.filter(({ section }) => !sections.has(section))).toEqual([]);
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
