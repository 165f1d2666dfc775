import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { freePort } from '../support/http/free-port';
import { makeBase } from './base-image';
import { baseImage, startEngine, type Ended, type Engine } from './engine';
import { checks, hold } from '../support/programs/checks';

// npm run test:container: builds the Dockerfile with a Docker engine and runs the image as
// docs/docker.md says. The base image is made here, so no registry of images is needed. It takes
// some minutes.

const ROOT = resolve(__dirname, '../..');
const IMAGE = 'wc-auth-server';
const KEY = ['--env', 'SECRET_KEY=container-secret-key-container-secret-key'];
/** Checks the health more often than the image does, so that the tests do not wait. */
const OFTEN = ['--health-interval', '1s'];
/** What docs/docker.md recommends for every container. */
const LOCKED_DOWN = ['--read-only', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];
/** The engine has no network of its own. */
const ALONE = ['--network', 'none'];
const STOP_MS = 10_000;

const { check, counts } = checks();

function holds(text: string, ...patterns: readonly RegExp[]): void {
  for (const pattern of patterns) hold(pattern.test(text), `${pattern.source} is not in:\n${text}`);
}

/** Returns what is missing here, or the empty string. */
function missing(): string {
  if (process.getuid?.() !== 0) return 'root';
  for (const program of ['dockerd', 'debootstrap', 'chroot'])
    try {
      execFileSync('which', [program], { stdio: 'ignore' });
    } catch {
      return program;
    }
  return '';
}

async function buildAndCheck({ docker, tried, imported }: Engine, work: string): Promise<void> {
  const base = baseImage(join(ROOT, 'Dockerfile'));
  const built = await check(`docker build, on a ${base.image} made here`, async () => {
    const { root, changes } = await makeBase(work, base);
    await imported(root, base.image, changes);
    await docker('build', '--network', 'host', '--tag', IMAGE, ROOT);
  });
  if (!built) return;

  const once = (...args: readonly string[]): Promise<Ended> => tried('run', '--rm', ...ALONE, ...args);
  /** Waits until the health check of a container reports that it is healthy. */
  const healthy = async (name: string): Promise<void> => {
    for (const deadline = Date.now() + 60_000; ;) {
      const state = await docker('inspect', '--format', '{{.State.Status}} {{.State.Health.Status}}', name);
      if (state === 'running healthy') return;
      hold(state.startsWith('running') && Date.now() < deadline, `${state}\n${await docker('logs', name)}`);
      await new Promise((next) => setTimeout(next, 200));
    }
  };
  /** Stops a container as `docker stop` does by default, and returns its log. */
  const stopped = async (name: string): Promise<string> => {
    const started = Date.now();
    await docker('stop', name);
    hold(Date.now() - started < STOP_MS, `${name} did not stop by itself in ${STOP_MS} ms`);
    const code = await docker('inspect', '--format', '{{.State.ExitCode}}', name);
    const { output } = await tried('logs', name);
    hold(code === '0', `${name} ended with ${code}\n${output}`);
    return output;
  };

  await check('the image has the package and its dependencies, and nothing else', async () => {
    const { output } = await once(
      IMAGE,
      'sh',
      '-c',
      'cd /app && ls -A . dist && ls node_modules && ls -A /build',
    );
    holds(output, /^views$/m, /^migrations$/m, /^THIRD-PARTY-LICENSES\.txt$/m, /^argon2$/m, /^pg$/m);
    hold(
      !/^(?:tests|node_modules\/\.bin|typescript|esbuild|jest|\.env|\.git|server\.ts)$/m.test(output),
      output,
    );
    const tools = await once('--user', '0', IMAGE, 'sh', '-c', 'which g++ cc make python3; ls -A /root/.npm');
    hold(!/^\/usr\/bin|_cacache/m.test(tools.output), tools.output);
    const size = Number((await once(IMAGE, 'du', '-sm', '/app')).output.split('\t')[0]);
    hold(size < 60, `/app has ${size} MB`);
  });

  await check('it runs as a numbered user that owns /data only, and describes itself', async () => {
    const { Config: config } = (
      JSON.parse(await docker('image', 'inspect', IMAGE)) as [{ Config: unknown }]
    )[0] as {
      Config: { User: string; Labels: Record<string, string>; Volumes: Record<string, unknown> };
    };
    hold(config.User === '1000:1000' && '/data' in config.Volumes, JSON.stringify(config));
    const labels = Object.entries(config.Labels);
    hold(
      labels.length === 3 &&
        labels.every(([name, value]) => /^org\.opencontainers/.test(name) && !/:\/\//.test(value)),
      JSON.stringify(labels),
    );
    const owned = await once(IMAGE, 'find', '/app', '/data', '-maxdepth', '1', '-user', '1000');
    hold(owned.output === '/data\n', owned.output);
  });

  const secret = join(work, 'secret-key');
  writeFileSync(secret, `${'5ec4e7'.repeat(10)}\n`, { mode: 0o400 });
  chownSync(secret, 1000, 1000);
  const store = [
    ...['--volume', 'store:/data', '--env', 'SECRET_KEY_FILE=/run/secrets/secret-key'],
    ...['--volume', `${secret}:/run/secrets/secret-key:ro`],
  ];

  await check('wc-auth init creates a store in the volume, in a locked-down container', async () => {
    const { code, output } = await once(
      ...LOCKED_DOWN,
      ...store,
      IMAGE,
      ...'wc-auth init mara --email mara@shop.example'.split(' '),
    );
    hold(code === 0, output);
    holds(output, /^Added mara \(administrator\)/m, /^Password: \S{12,}$/m);
  });

  const port = String(await freePort());
  for (const round of ['starts', 'starts again on the same volume'])
    await check(`the server ${round}, becomes healthy, shows /login, and stops on SIGTERM`, async () => {
      await docker(
        ...['run', '--detach', '--name', 'server', ...OFTEN, '--network', 'host', ...LOCKED_DOWN, ...store],
        ...['--env', `PORT=${port}`, '--env', `STORE_URL=http://localhost:${port}`, IMAGE],
      );
      try {
        await healthy('server');
        const page = await fetch(`http://127.0.0.1:${port}/login`);
        const text = await page.text();
        hold(page.status === 200 && text.includes('type="password"'), `${page.status} ${text}`);
        holds(await docker('exec', 'server', 'wc-auth', 'users', 'list'), /mara/);
        const log = await stopped('server');
        holds(log, /"database":"\/data\/wc-auth\.sqlite"/, /"msg":"stopped"/);
        hold(!/No user exists|without a name|is lost|SECRET/.test(log), log);
      } finally {
        await docker('rm', '--force', 'server');
      }
    });

  await check(
    'the health check works with HOST, with its own TLS, and reports a server that is gone',
    async () => {
      const tls = join(work, 'tls');
      mkdirSync(tls);
      chmodSync(tls, 0o755);
      const files = [join(tls, 'key.pem'), join(tls, 'cert.pem')] as const;
      execFileSync(
        'openssl',
        [
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:P-256',
          '-nodes',
          '-subj',
          '/CN=shop.example',
          '-keyout',
          files[0],
          '-out',
          files[1],
        ],
        { stdio: 'pipe' },
      );
      for (const file of files) chownSync(file, 1000, 1000);
      const settings = ['HOST=::1', 'TLS_KEY_FILE=/tls/key.pem', 'TLS_CERT_FILE=/tls/cert.pem'];
      await docker(
        ...[
          'run',
          '--detach',
          '--name',
          'tls',
          ...OFTEN,
          ...ALONE,
          '--sysctl',
          'net.ipv6.conf.lo.disable_ipv6=0',
          ...LOCKED_DOWN,
          ...KEY,
        ],
        ...['--volume', `${tls}:/tls:ro`, ...settings.flatMap((setting) => ['--env', setting]), IMAGE],
      );
      try {
        await healthy('tls');
        await stopped('tls');
      } finally {
        await docker('rm', '--force', '--volumes', 'tls');
      }
      const { code, output } = await once(...KEY, IMAGE, 'wc-auth', 'healthcheck');
      hold(code === 1, output);
      holds(
        output,
        /^The server does not answer at http:\/\/127\.0\.0\.1:8080\/healthz \(ECONNREFUSED\)\.$/m,
      );
    },
  );

  /** Starts a container that must run, and returns its log up to `listening`. */
  const logOf = async (...args: readonly string[]): Promise<string> => {
    await docker('run', '--detach', '--name', 'odd', ...OFTEN, ...ALONE, ...KEY, ...args, IMAGE);
    try {
      await healthy('odd');
      return await stopped('odd');
    } finally {
      await docker('rm', '--force', '--volumes', 'odd');
    }
  };

  await check('without a volume, the server warns that a new container does not get the data', async () => {
    holds(
      await logOf(),
      /is in a volume without a name, .* Mount a named volume or a folder of the host at \/data\./,
    );
    holds(
      await logOf('--env', 'DATABASE_URL=sqlite:/tmp/x/store.sqlite'),
      /is lost when this container is removed\. Mount .* at \/tmp\/x\./,
    );
  });

  await check('another user can run the server on a folder of its own', async () => {
    const own = join(work, 'own');
    mkdirSync(own, { mode: 0o700 });
    chownSync(own, 1234, 1234);
    const log = await logOf(...LOCKED_DOWN, '--user', '1234:1234', '--volume', `${own}:/data`);
    hold(!/without a name|is lost/.test(log), log);
  });

  const foreign = join(work, 'foreign');
  mkdirSync(foreign, { mode: 0o755 });
  const mine = join(work, 'mine');
  mkdirSync(mine, { mode: 0o700 });
  chownSync(mine, 1000, 1000);
  const closed = join(work, 'closed');
  mkdirSync(closed, { mode: 0o500 });
  chownSync(closed, 1000, 1000);
  const rootsKey = join(work, 'roots-key');
  writeFileSync(rootsKey, 'x'.repeat(40), { mode: 0o400 });
  const keyFile = ['--env', 'SECRET_KEY_FILE=/run/secrets/key'];
  const mistakes: [what: string, args: string[], ...RegExp[]][] = [
    ['no secret key', [], /SECRET_KEY: .* set this variable or SECRET_KEY_FILE\. .*`openssl rand -hex 32`/],
    [
      'a secret key file that is not mounted',
      keyFile,
      /SECRET_KEY_FILE: .*\/run\/secrets\/key\. It does not exist\. In a container, mount the file there/,
    ],
    [
      'a secret key file that Docker made a folder',
      [...keyFile, '--volume', `${join(work, 'absent')}:/run/secrets/key`],
      /It is a folder\. If it is mounted, the file did not exist on the host/,
    ],
    [
      'a secret key file of another user',
      [...keyFile, '--volume', `${rootsKey}:/run/secrets/key:ro`],
      /This user \(uid 1000\) may not read it\. Change its owner or mode/,
    ],
    [
      'another user on the volume of uid 1000',
      [...KEY, '--user', '1234', '--volume', 'store:/data'],
      /uid 1234\) may not write to \/data\. It belongs to uid 1000\. Do one of these: run this as uid 1000, or mount a volume there/,
    ],
    [
      'a folder of the host that belongs to root',
      [...KEY, '--volume', `${foreign}:/data`],
      /uid 1000\) may not write to \/data\. It belongs to uid 0\. .* chown -R 1000:1000 \/data/,
    ],
    [
      'a folder that its owner may not write to',
      [...KEY, '--volume', `${closed}:/data`],
      /uid 1000\) may not write to \/data\. Run: chmod u\+rwX \/data/,
    ],
    [
      'a folder that is mounted read-only',
      [...KEY, '--volume', `${mine}:/data:ro`],
      /\/data is on a read-only file system\. Mount a volume or another writable folder there/,
    ],
    [
      'a DATABASE_URL that names the volume',
      [...KEY, '--env', 'DATABASE_URL=sqlite:/data'],
      /\/data is a folder\. Set DATABASE_URL to a file in it/,
    ],
    [
      'a database in a folder that is not mounted',
      [...KEY, '--env', 'DATABASE_URL=sqlite:/store/store.sqlite'],
      /uid 1000\) may not create \/store\. Mount a volume there/,
    ],
    [
      'a database in the root folder',
      [...KEY, '--env', 'DATABASE_URL=sqlite:/store.sqlite'],
      /uid 1000\) may not write to \/\. Set DATABASE_URL to a file in another folder/,
    ],
    [
      'a database outside of the volume, with a read-only root',
      [...KEY, '--read-only', '--env', 'DATABASE_URL=sqlite:/tmp/store.sqlite'],
      /\/tmp is on a read-only file system\. Mount/,
    ],
  ];
  for (const [what, args, ...expected] of mistakes)
    await check(`${what}: the server does not start, and says what to mount or set`, async () => {
      const { code, output } = await once(...args, IMAGE);
      hold(code === 1, `code ${code}\n${output}`);
      holds(output, ...expected);
      hold(!/^\s+at |container-secret-key/m.test(output), output);
    });
}

async function main(): Promise<void> {
  const lacks = missing();
  if (lacks !== '') {
    const why = `The image was not built and not run: this needs root, dockerd and debootstrap, and ${lacks} is missing.`;
    if (process.env['CI']) throw new Error(why);
    console.log(`SKIPPED: ${why}`);
    return;
  }
  const work = mkdtempSync(join(tmpdir(), 'wc-auth-container-'));
  try {
    const engine = await startEngine(join(work, 'engine'));
    try {
      await buildAndCheck(engine, work);
    } finally {
      await engine.stop();
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

main()
  .catch((error: unknown) => {
    counts.failed++;
    console.error(error);
  })
  .finally(() => {
    console.log(`${counts.passed} passed, ${counts.failed} failed`);
    process.exitCode = counts.failed > 0 ? 1 : 0;
  });
