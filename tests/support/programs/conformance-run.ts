/**
 * `npm run conformance`: plays the cases of CONFORMANCE_DIR (default conformance) in both
 * profiles against a server that it starts. Ends with one line `N passed, N failed` for both. It
 * passes further arguments to the runner.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { VARIABLES } from '../../../server/config';

const ROOT = resolve(__dirname, '../../..');
const PROFILES = ['lab', 'default'] as const;
/** Passed on to the runner. */
const OPTIONS = process.argv.slice(2);

interface Target {
  httpBase: string;
  httpsBase: string;
  upstream: { port: number };
  hook: { command: string[]; cwd: string; env: Record<string, string> };
}

async function main(): Promise<number> {
  const folder = resolve(ROOT, process.env['CONFORMANCE_DIR'] ?? 'conformance');
  if (!existsSync(join(folder, 'run.mjs'))) {
    console.error(
      `There are no conformance cases in ${folder}. Set CONFORMANCE_DIR to the folder that holds run.mjs.`,
    );
    return 2;
  }
  const work = mkdtempSync(join(tmpdir(), 'wc-auth-conformance-'));
  try {
    await finished(start('node', [join(folder, 'run.mjs'), '--certs-only', '--work', work], process.env));
    let passed = 0;
    let failed = 0;
    let complaint = '';
    for (const profile of PROFILES) {
      // With --only, one of the two may have no cases.
      const listed = spawnSync('node', [join(folder, 'run.mjs'), ...OPTIONS, '--list', '--profile', profile]);
      if (listed.status !== 0) {
        complaint = String(listed.stderr);
        continue;
      }
      const counts = await play(folder, work, profile);
      passed += counts.passed;
      failed += counts.failed;
    }
    if (passed + failed === 0) process.stderr.write(complaint);
    console.log(`${passed} passed, ${failed} failed`);
    return failed > 0 || passed === 0 ? 1 : 0;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Starts the server once and plays all cases of one profile against it. */
async function play(folder: string, work: string, profile: (typeof PROFILES)[number]) {
  const example = readFileSync(join(folder, 'targets/wc-auth-server.example.json'), 'utf8');
  const target = JSON.parse(example) as Target;
  const env = {
    // Neither a `.env` file nor the caller's environment may change the test.
    ...Object.fromEntries(VARIABLES.map((name) => [name, ''])),
    PORT: new URL(target.httpBase).port,
    HTTPS_PORT: new URL(target.httpsBase).port,
    STORE_URL: target.httpsBase,
    TLS_CERT_FILE: join(work, 'store.crt'),
    TLS_KEY_FILE: join(work, 'store.key'),
    DATABASE_URL: `sqlite:${join(work, `${profile}.sqlite`)}`,
    SECRET_KEY: randomBytes(32).toString('hex'),
    CALLBACK_TIMEOUT_MS: '2000',
    UPSTREAM_URL: `http://127.0.0.1:${target.upstream.port}`,
    NODE_EXTRA_CA_CERTS: join(work, 'ca.pem'),
    LOG_LEVEL: 'warn',
    ...(profile === 'lab' ? { CALLBACK_ALLOW_HOSTS: 'localhost,app.example,xn--bcher-kva.example' } : {}),
  };
  target.hook = {
    command: ['node', '--import', 'tsx', join(ROOT, 'tests/support/programs/conformance-hook.ts')],
    cwd: ROOT,
    env,
  };
  const targetFile = join(work, `${profile}.json`);
  writeFileSync(targetFile, JSON.stringify(target));

  const server = start('node', ['--import', 'tsx', join(ROOT, 'server/main.ts')], { ...process.env, ...env });
  try {
    await answers(target.httpBase, server);
    const options = [...OPTIONS, '--target', targetFile, '--work', work, '--profile', profile];
    const runner = start('node', [join(folder, 'run.mjs'), ...options], process.env, true);
    const counts = { passed: 0, failed: 0 };
    if (runner.stdout)
      for await (const line of createInterface({ input: runner.stdout })) {
        console.log(line);
        const sum = /^(\d+) passed, (\d+) failed$/.exec(line);
        if (sum) Object.assign(counts, { passed: Number(sum[1]), failed: Number(sum[2]) });
      }
    // A runner that ended early has counted nothing, which is a failure, not an empty success.
    if ((await finished(runner)) > 1) counts.failed ||= 1;
    return counts;
  } finally {
    server.kill('SIGTERM');
    await finished(server);
  }
}

function start(command: string, args: string[], env: NodeJS.ProcessEnv, piped = false): ChildProcess {
  return spawn(command, args, { cwd: ROOT, env, stdio: ['ignore', piped ? 'pipe' : 'inherit', 'inherit'] });
}

async function finished(child: ChildProcess): Promise<number> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? 1;
}

/** Waits until the server answers. */
async function answers(base: string, server: ChildProcess): Promise<void> {
  while (server.exitCode === null) {
    try {
      await fetch(`${base}/wc-auth/v1/authorize`, { redirect: 'manual' });
      return;
    } catch {
      await new Promise((resume) => setTimeout(resume, 50));
    }
  }
  throw new Error('The server did not start.');
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
