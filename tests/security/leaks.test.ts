import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readConfig } from '../../server/config';
import { openStore } from '../../server/open-store';
import { createServices } from '../../server/services';
import type { Answer } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import {
  consoleTraffic,
  grantTraffic,
  keyTraffic,
  plantPair,
  revokeTraffic,
  signIn,
  type LeakScene,
} from '../support/scenes/leak-traffic';
import { plantedSecrets } from '../support/scenes/planted-secrets';
import { exchange, requestBytes } from '../support/http/raw-http';
import { command } from '../support/store/command';
import {
  environment,
  metricsAddress,
  serverThatEnds,
  startServerProcess,
  type ServerProcess,
} from '../support/store/server-process';

const LOGIN = 'maren';
const secrets = plantedSecrets();
const PASSWORD = secrets.plant('password', 'correct-Horse-774193');
const SECRET_KEY = secrets.plant('SECRET_KEY', 'leak-test-secret-key-0f3a7719c2d84e55');
const VECTORS = resolve(__dirname, '../..', process.env['VECTORS_DIR'] ?? 'conformance/vectors');

let folder: string;
let receiver: HttpsReceiver;
let env: Record<string, string>;
/** Outputs of the server and the commands by their source. None may contain a planted secret. */
const outputs = new Map<string, string>();
const errorPages: Answer[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-leaks-'));
  receiver = await startHttpsReceiver();
  env = {
    SECRET_KEY,
    LOG_LEVEL: 'trace',
    TRUST_PROXY: 'loopback',
    CALLBACK_TIMEOUT_MS: '3000',
    METRICS_PORT: '0',
  };
  await cli('init', ['init', LOGIN, '--email', 'm@store.test', '--password-stdin'], PASSWORD);
  const server = await startServerProcess(folder, env);
  await traffic(server);
  outputs.set('metrics', await textAt(`${metricsAddress(server)}/metrics`));
  // A thief gets the database with its write-ahead log.
  server.kill('SIGKILL');
  const { stdout, stderr } = await server.ended;
  outputs.set('log', stdout).set('crash', stderr);
}, 300_000);
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true });
});

async function traffic(server: ServerProcess): Promise<void> {
  const scene: LeakScene = { url: server.url, secrets, receiver, login: LOGIN, password: PASSWORD };
  const manager = await signIn(scene);
  const granted = await grantTraffic(scene, manager);
  const store = await openStore(readConfig(environment(folder, env)));
  const services = createServices({ ...store, sessionLimits: readConfig(environment(folder, env)).session });
  const { userId } = (await services.users.findByLogin(LOGIN))!;
  const about = {
    userId,
    description: 'For the leak test',
    permissions: 'read_write',
    now: Date.now(),
  } as const;
  const issue = async () => plantPair(secrets, await services.consumerKeys.issue(about));
  try {
    errorPages.push(...(await keyTraffic(scene, granted[0]!)));
    const toRevoke = await Promise.all([1, 2, 3, 4].map(issue));
    expect(await revokeTraffic(scene, toRevoke)).toEqual([200, 200, 200, 200]);
    errorPages.push(...(await consoleTraffic(scene, manager)));
    await commandLine();
    await vectors(server.url);
    // Make the database fail under requests with secrets: rows that cannot be opened, tables that
    // are missing.
    const { knex } = store.database;
    const broken = await issue();
    await knex('consumer_keys').where({ key_id: broken.keyId }).update({ consumer_secret: 'v1.x.broken' });
    errorPages.push(...(await keyTraffic(scene, broken)));
    for (const table of ['consumer_keys', 'oauth_nonces', 'audit_events', 'sessions']) {
      await knex.raw('pragma legacy_alter_table = on');
      await knex.schema.renameTable(table, `${table}_gone`);
      errorPages.push(...(await keyTraffic(scene, granted[0]!)));
      const answer = await manager.post('/login', { username: LOGIN, password: PASSWORD });
      errorPages.push(answer, await manager.get('/keys'));
      await knex.schema.renameTable(`${table}_gone`, table);
    }
  } finally {
    await store.database.close();
  }
}

/** Runs a command and keeps its output. Only a command that makes a secret may show that one. */
async function cli(name: string, args: readonly string[], input = ''): Promise<string> {
  const { stdout, stderr } = await command(args, folder, environment(folder, env), input);
  outputs.set(`wc-auth ${name}`, stdout + stderr);
  return stdout;
}

async function commandLine(): Promise<void> {
  const made = JSON.parse(
    await cli('keys create', [
      'keys',
      'create',
      '--user',
      LOGIN,
      '--permissions',
      'read',
      '--description',
      'Script',
      '--json',
    ]),
  ) as { key_id: number; consumer_key: string; consumer_secret: string };
  outputs.delete('wc-auth keys create');
  plantPair(secrets, {
    keyId: made.key_id,
    consumerKey: made.consumer_key,
    consumerSecret: made.consumer_secret,
  });
  const added = await cli('users add', [
    'users',
    'add',
    'jonas',
    '--email',
    'j@store.test',
    '--role',
    'shop_manager',
    '--json',
  ]);
  outputs.delete('wc-auth users add');
  secrets.plant('made-up password', (JSON.parse(added) as { password: string }).password);
  for (const args of [
    ['keys', 'list'],
    ['keys', 'show', String(made.key_id)],
    ['users', 'list'],
    ['history'],
    ['apps'],
  ])
    await cli(args.join(' '), [...args, '--json']);
  await cli(
    'users set-password',
    ['users', 'set-password', 'jonas', '--password-stdin', '--json'],
    secrets.plant('password by stdin', 'by-Stdin-6620913'),
  );
}

/**
 * Sends recorded requests of real clients unchanged. Their keys are not in the store, or are known.
 */
async function vectors(url: string): Promise<void> {
  for (const name of readdirSync(VECTORS).filter((file) => file.endsWith('.json'))) {
    const file = JSON.parse(readFileSync(join(VECTORS, name), 'utf8')) as {
      consumerKey: string;
      consumerSecret: string;
      vectors: { method: string; url: string; headers: Record<string, string>; body?: string }[];
    };
    plantPair(secrets, { keyId: 0, consumerKey: file.consumerKey, consumerSecret: file.consumerSecret });
    for (const vector of file.vectors) {
      const [, scheme = '', host = '', target = ''] = /^(https?):\/\/([^/?]+)(.*)$/s.exec(vector.url) ?? [];
      const headers = Object.entries({ host, 'x-forwarded-proto': scheme, ...vector.headers });
      const bytes = (text: string) => Buffer.from(text, 'utf8').toString('latin1');
      const sent = headers.map(([header, value]) => [header, bytes(value)] as const);
      await exchange(url, requestBytes(vector.method, bytes(target), sent, bytes(vector.body ?? '')));
    }
  }
}

function textAt(url: string): Promise<string> {
  return new Promise((done, reject) => {
    http
      .get(url, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          done(text);
        });
      })
      .on('error', reject);
  });
}

const filesIn = (path: string): string[] =>
  readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesIn(join(path, entry.name)) : [join(path, entry.name)],
  );

test('finds a planted secret in every encoding', () => {
  const one = plantedSecrets();
  one.plant('it', 'a/Secret+1234567');
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const texts = [
    'xa/Secret+1234567x',
    base64('a/Secret+1234567:y'),
    base64('xa/Secret+1234567:y'),
    base64('xya/Secret+1234567'),
    encodeURIComponent('a/Secret+1234567'),
    Buffer.from('a/Secret+1234567').toString('hex').toUpperCase(),
    '7654321+terceS/a',
  ];
  for (const text of texts) expect([text, one.foundIn(text).length > 0]).toEqual([text, true]);
  expect(one.foundIn('a/Secret+123456')).toEqual([]);
  expect(secrets.count).toBeGreaterThan(60);
});

test('writes no secret to a log line at level trace, a crash, a metric or the output of a command', () => {
  expect(outputs.get('log')).toContain('/wc-auth/v1/access_granted');
  expect(outputs.get('log')).toContain('"level":50');
  expect(outputs.get('metrics')).toMatch(/^# HELP /m);
  for (const [where, text] of outputs) expect([where, secrets.foundIn(text)]).toEqual([where, []]);
});

test('stores secrets in the database only in sealed form', () => {
  const files = filesIn(folder);
  const all = Buffer.concat(files.map((file) => readFileSync(file)));
  expect(all.toString('latin1')).toContain('Made by hand');
  for (const file of files) expect([file, secrets.foundIn(readFileSync(file))]).toEqual([file, []]);
});

test('repeats no secret in a rejection or on an error page', () => {
  expect(errorPages.filter(({ status }) => status >= 500).length).toBeGreaterThan(5);
  const isFormValue = (found: string) => /^(?:form value|sign-in token|consent nonce)/.test(found);
  for (const { status, headers, body } of errorPages.filter((answer) => answer.status >= 400)) {
    const found = secrets.foundIn(body + JSON.stringify({ ...headers, 'set-cookie': undefined }));
    expect([status, body.slice(0, 200), found.filter((each) => !isFormValue(each))]).toEqual([
      status,
      body.slice(0, 200),
      [],
    ]);
  }
});

test('does not print the secret key of a start that fails', async () => {
  const wrong = secrets.plant('wrong SECRET_KEY', 'another-secret-key-a91b54e07d3366c8');
  for (const key of [wrong, 'short-key-1']) {
    const { code, stdout, stderr } = await serverThatEnds(
      folder,
      environment(folder, { ...env, SECRET_KEY: key, METRICS_PORT: '' }),
    );
    expect([code, stderr !== '']).toEqual([1, true]);
    expect([...secrets.foundIn(stdout + stderr), (stdout + stderr).includes('short-key-1')]).toEqual([false]);
  }
});
