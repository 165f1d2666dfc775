import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRun, codeBlock, startCaddy, startNginx, type RunningProxy } from '../support/recipes/recipe';
import { freePort } from '../support/http/free-port';
import { ended, environment, run, startServerProcess } from '../support/store/server-process';

// nginx as docs/deployment.md configures it, first with mistakes and then with the fixes of
// `wc-auth doctor`.
jest.setTimeout(60_000);

interface Found {
  readonly check: string;
  readonly status: string;
  readonly fix?: string;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-doctor-nginx-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a proxy in front of the server at this port. */
type Start = (wcAuth: number) => Promise<RunningProxy>;

/** Runs a proxy and a server behind it, and returns what `wc-auth doctor` finds wrong. */
async function examine(start: Start, trustProxy = '127.0.0.1'): Promise<Found[]> {
  const wcAuth = await freePort();
  const proxy = await start(wcAuth);
  const settings = { PORT: String(wcAuth), STORE_URL: proxy.https, TRUST_PROXY: trustProxy };
  const server = await startServerProcess(folder, settings);
  try {
    const command = run('cli/main.ts', ['doctor', '--json'], folder, environment(folder, settings));
    const { stdout } = await ended(command);
    const { checks } = JSON.parse(stdout) as { checks: Found[] };
    return checks.filter(({ status }) => status !== 'ok');
  } finally {
    server.kill('SIGKILL');
    await Promise.all([server.ended, proxy.stop()]);
  }
}

const nginx =
  (recipe: string): Start =>
  (wcAuth) =>
    startNginx(recipe, { wcAuth }, [
      ['/var/log/nginx/wc-auth.log', join(folder, 'access.log')],
      ['/var/log/nginx/wc-auth-error.log', join(folder, 'errors.log')],
    ]);

const RECIPES: readonly [page: string, program: string, start: Start][] = [
  ['deployment.md', 'nginx', nginx(codeBlock('deployment.md', 'nginx'))],
  [
    'deployment.md',
    'caddy',
    (wcAuth) =>
      startCaddy(codeBlock('deployment.md', 'caddyfile'), { wcAuth }, [
        ['/var/log/caddy/wc-auth.log', join(folder, 'access.log')],
      ]),
  ],
  ['nginx.md', 'nginx', (wcAuth) => startNginx(codeBlock('nginx.md', 'nginx'), { wcAuth, api: 1 })],
  ['caddy.md', 'caddy', (wcAuth) => startCaddy(codeBlock('caddy.md', 'caddyfile'), { wcAuth, api: 1 })],
];

for (const [page, program, start] of RECIPES)
  (canRun(program) ? test : test.skip)(`docs/${page}, run by ${program}, passes every check`, async () => {
    expect(await examine(start)).toEqual([]);
  });

(canRun('nginx') ? test : test.skip)(
  'the mistakes of an nginx configuration are found, and the printed lines fix them',
  async () => {
    const recipe = codeBlock('deployment.md', 'nginx');
    const ours = /^ +proxy_set_header (?:Host|X-Forwarded-(?:Proto|Host|For)) .*\n/gm;
    const mistaken = recipe.replace(ours, '');
    expect(recipe.match(ours)).toHaveLength(4);
    // nginx passes on X-Forwarded-* of its clients, and sends the name of the upstream as Host.
    let fixes: string[] = [];
    let [trustProxy, fixed] = ['', mistaken];
    for (let round = 0; round < 3; round += 1) {
      const found = await examine(nginx(fixed), trustProxy);
      if (found.length === 0) break;
      const lines = [...new Set(found.flatMap(({ fix = '' }) => fix.split('\n')))];
      fixes = [...fixes, ...lines];
      trustProxy = lines.find((line) => line.startsWith('TRUST_PROXY='))?.slice(12) ?? trustProxy;
      const headers = lines.filter((line) => line.startsWith('proxy_set_header '));
      fixed = fixed.replace('proxy_http_version 1.1;', (line) => [line, ...headers].join('\n'));
    }
    expect(await examine(nginx(fixed), trustProxy)).toEqual([]);
    expect(fixes.sort()).toEqual([
      'TRUST_PROXY=127.0.0.1',
      'proxy_set_header Host $http_host;',
      'proxy_set_header X-Forwarded-For $remote_addr;',
      'proxy_set_header X-Forwarded-Host $http_host;',
      'proxy_set_header X-Forwarded-Proto $scheme;',
    ]);
  },
);
