import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { failWrites } from '../support/store/broken-database';
import { testCertificates } from '../support/http/certificates';
import { keyIds, makeKey, revokesNothing, verified } from '../support/scenes/revocation-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// docs/revoke.md promises that its examples are tested, so this suite runs each as it is on the
// page.

jest.setTimeout(60_000);

const ROOT = resolve(__dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/revoke.md'), 'utf8');
/** The code blocks with a file name beside their language. */
const examples = new Map(
  [...page.matchAll(/^```[a-z]+ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', code = '']) => [name, code]),
);

let store: TestStore;
let folder: string;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-revoke-docs-'));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [name, code] of examples) writeFileSync(join(folder, name), code);
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const can = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const python = can('python3', '-c', 'import urllib.request');

const RUN: Record<string, { command: string; present: boolean }> = {
  'revoke.sh': { command: 'sh', present: can('curl', '--version') },
  'all-sessions.sh': { command: 'sh', present: can('curl', '--version') },
  'logout.sh': { command: 'sh', present: can('curl', '--version') },
  'shopper-logout.sh': { command: 'sh', present: can('curl', '--version') },
  'revoke.mjs': { command: process.execPath, present: true },
  'discover.mjs': { command: process.execPath, present: true },
  'revoke.py': { command: 'python3', present: python && can('python3', '-c', 'import requests') },
  'revoke-stdlib.sh': { command: 'sh', present: python },
  'revoke.php': { command: 'php', present: can('php', '-r', 'exit(function_exists("curl_init") ? 0 : 1);') },
};

interface Key {
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

async function run(name: string, key: Key): Promise<{ ok: boolean; stdout: string; stderr: string }> {
  const { caFile } = testCertificates();
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    WC_STORE: store.tlsUrl,
    WC_KEY: key.consumerKey,
    WC_SECRET: key.consumerSecret,
    // The private authority, in the variable that each tool reads.
    NODE_EXTRA_CA_CERTS: caFile,
    CURL_CA_BUNDLE: caFile,
    REQUESTS_CA_BUNDLE: caFile,
    SSL_CERT_FILE: caFile,
  };
  const options = name.endsWith('.php') ? ['-d', `curl.cainfo=${caFile}`] : [];
  const child = promisify(execFile)(RUN[name]!.command, [...options, join(folder, name)], {
    cwd: folder,
    env,
  });
  try {
    return { ok: true, ...(await child) };
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { ok: false, stdout, stderr };
  }
}

test('this suite knows how to run every example of docs/revoke.md', () => {
  expect([...examples.keys()].sort()).toEqual(Object.keys(RUN).sort());
});

describe.each(Object.entries(RUN))('the example %s', (name, { present }) => {
  const ifAvailable = present ? test : test.skip;

  ifAvailable('revokes the key', async () => {
    const key = await makeKey(store);
    const outcome = await run(name, key);
    expect(outcome).toMatchObject({ ok: true, stderr: '' });
    expect(await keyIds(store)).not.toContain(key.keyId);
    expect(await verified(store, key)).toBe(401);
  });

  ifAvailable('reports a wrong secret, and the key keeps working', async () => {
    const key = await makeKey(store);
    const wrong = { ...key, consumerSecret: `cs_${'0'.repeat(40)}` };
    const outcome = await revokesNothing(store, () => run(name, wrong));
    expect(outcome.ok).toBe(false);
    expect(await verified(store, key)).toBe(200);
  });
});

describe.each(['revoke.mjs', 'revoke.py'])('the example %s', (name) => {
  const ifAvailable = RUN[name]!.present ? test : test.skip;

  ifAvailable('treats an unknown key as revoked', async () => {
    const key = { consumerKey: `ck_${'9'.repeat(40)}`, consumerSecret: `cs_${'9'.repeat(40)}` };
    expect(await run(name, key)).toMatchObject({ ok: true, stderr: '' });
  });

  ifAvailable('retries after a 503', async () => {
    const key = await makeKey(store);
    const repair = await failWrites(store.database);
    // The database is repaired as soon as the first attempt has failed.
    const failed = new Promise<void>((resolve) => {
      const look = setInterval(() => {
        if (!store.logs.some(({ msg }) => msg === 'request failed')) return;
        clearInterval(look);
        resolve();
      }, 20);
    });
    const running = run(name, key);
    await failed;
    await repair();
    expect(await running).toMatchObject({ ok: true, stderr: '' });
    expect(await verified(store, key)).toBe(401);
    (store.logs as unknown[]).length = 0;
  });
});
