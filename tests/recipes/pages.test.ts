import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchange, requestBytes } from '../support/http/raw-http';
import { canRun, codeBlock, startCaddy, startNginx, type RunningProxy } from '../support/recipes/recipe';
import { describeUpgrades } from '../support/recipes/describe-hop-by-hop';
import { HOP_BY_HOP_NAMES } from '../support/recipes/forged-names';
import type { Headers } from '../support/recipes/recipe-scene';
import { startUpgradingUpstream, type UpgradingUpstream } from '../support/recipes/upgrading-upstream';

// The part of each recipe that passes requests on to wc-auth-server. An upstream that grants every
// upgrade replaces the server.

type Start = (port: number, folder: string) => Promise<RunningProxy>;

const recipes: [string, string, Start][] = [
  [
    'docs/nginx.md',
    'nginx',
    (port) => startNginx(codeBlock('nginx.md', 'nginx'), { wcAuth: port, api: port }),
  ],
  [
    'docs/caddy.md',
    'caddy',
    (port) => startCaddy(codeBlock('caddy.md', 'caddyfile'), { wcAuth: port, api: port }),
  ],
  [
    'docs/deployment.md',
    'nginx',
    (wcAuth, folder) =>
      startNginx(codeBlock('deployment.md', 'nginx'), { wcAuth }, [['/var/log/nginx', folder]]),
  ],
  [
    'docs/deployment.md',
    'caddy',
    (wcAuth, folder) =>
      startCaddy(codeBlock('deployment.md', 'caddyfile'), { wcAuth }, [['/var/log/caddy', folder]]),
  ],
];
// These replace the request that is verified.
const FOR_ANOTHER = ['X-Forwarded-Method', 'X-Forwarded-Uri'].concat(
  ['Method', 'URI', 'URL'].map((name) => `X-Original-${name}`),
);

for (const [page, program, start] of recipes) {
  (canRun(program) ? describe : describe.skip)(
    `${page}, run by ${program}, in front of wc-auth-server`,
    () => {
      let folder: string;
      let server: UpgradingUpstream;
      let proxy: RunningProxy;

      beforeAll(async () => {
        folder = mkdtempSync(join(tmpdir(), 'wc-auth-pages-'));
        server = await startUpgradingUpstream();
        proxy = await start(server.port, folder);
      }, 30_000);
      afterAll(async () => {
        await proxy.stop();
        await server.close();
        rmSync(folder, { recursive: true });
      });
      beforeEach(() => {
        server.forget();
      });

      const received = async (headers: Headers, target = '/login') => {
        const host = ['Host', new URL(proxy.https).host] as const;
        const answer = await exchange(proxy.https, requestBytes('GET', target, [host, ...headers]));
        expect(answer.status).toBe(200);
        expect(server.requests).toHaveLength(1);
        return server.requests[0]!;
      };

      describeUpgrades({
        asks: [
          ['GET', '/login'],
          ['GET', '/wc-auth/v1/verify'],
          ['OPTIONS', '/wp-json/wc/v3/products'],
          ['GET', '/wp-json/'],
          ['GET', '/?rest_route=/wc/v3/products'],
        ],
        bases: () => [proxy.https, proxy.http],
        upgrades: () => server.upgrades,
      });

      test('hop-by-hop headers do not reach the server', async () => {
        const headers: Headers = HOP_BY_HOP_NAMES.map((name) => [name, name === 'te' ? 'trailers' : 'x']);
        const { names } = await received([['Connection', 'close, TE, X-Nominated'], ...headers]);
        expect(names.filter((name) => HOP_BY_HOP_NAMES.includes(name))).toEqual([]);
      });

      test.each([
        'close',
        'close, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Request-Id',
        'x-forwarded-for,x-forwarded-proto,x-forwarded-host,x-request-id,cookie,authorization,origin,close',
      ])('only the proxy tells the server where the client is (Connection: %s)', async (connection) => {
        const { headers } = await received([
          ['Connection', connection],
          ['X-Forwarded-For', '203.0.113.9'],
          ['X-Forwarded-Proto', 'gopher'],
          ['X-Forwarded-Host', 'evil.example'],
          ['X-Request-Id', 'f0rged00-f0rged00'],
          ['Cookie', 'wc_auth_session=x'],
          ['Authorization', 'Basic eDp5'],
          ['Origin', 'https://shop.example'],
        ]);
        expect(headers).toMatchObject({
          'x-forwarded-for': '127.0.0.1',
          'x-forwarded-proto': 'https',
          'x-forwarded-host': new URL(proxy.https).host,
          'x-request-id': expect.stringMatching(/^[0-9a-f-]{32,36}$/),
          cookie: 'wc_auth_session=x',
          authorization: 'Basic eDp5',
          origin: 'https://shop.example',
        });
      });

      test('a client cannot replace the request that is verified', async () => {
        const { names } = await received(FOR_ANOTHER.map((name) => [name, '/wp-json/']));
        expect(names.filter((name) => FOR_ANOTHER.some((other) => other.toLowerCase() === name))).toEqual([]);
      });
    },
  );
}
