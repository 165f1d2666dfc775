import { spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { testCertificates, type CertificateKind } from '../support/http/certificates';
import { freePort } from '../support/http/free-port';
import { CLOSED_PORT_URL, issueKey, startUpstream } from '../support/scenes/rest-scene';
import { compiled } from '../support/jest/compiled';
import { processStore } from '../support/store/process-store';
import { command } from '../support/store/command';
import { ended, environment } from '../support/store/server-process';
import { startTestStore, type TestStore } from '../support/store/test-store';
import { onPostgres } from '../support/store/test-database';
import { testOnSqlite } from '../support/store/on-engine';

// What `wc-auth doctor` finds without a proxy.
jest.setTimeout(60_000);

interface Found {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
  readonly fix?: string;
}
interface Report {
  readonly ok: boolean;
  readonly problems: number;
  readonly warnings: number;
  readonly checks: readonly Found[];
}

let store: TestStore;
beforeAll(async () => {
  store = await startTestStore();
});
afterAll(() => store.close());

/** Runs the command with the settings of the running server, except for `env`. */
async function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const settings = { STORE_URL: store.url, SECRET_KEY: store.config.secretKey ?? '', PORT: '8080', ...env };
  return command(['doctor', ...args], store.folder, environment(store.folder, settings));
}

/** Returns the report, and what in it is not ok. */
async function examine(env: Readonly<Record<string, string>> = {}, ...args: string[]) {
  const { code, stdout, stderr } = await doctor(['--json', '--quiet', ...args], env);
  expect(stderr).toBe('');
  const report = JSON.parse(stdout) as Report;
  expect(code).toBe(report.ok ? 0 : 1);
  return { ...report, wrong: report.checks.filter(({ status }) => status !== 'ok') };
}
const about = ({ checks }: Report, name: string) => checks.filter(({ check }) => check === name);
const mentioning = (text: string): unknown => expect.stringContaining(text);

test('a report without a problem exits with 0 and has one line for each check', async () => {
  const { code, stdout, stderr } = await doctor([]);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^Database: .+\n$/)]);
  const lines = stdout.trimEnd().split('\n');
  expect(lines.filter((line) => line.startsWith('ok')).map((line) => line.slice(9, 24).trim())).toEqual([
    'Configuration',
    'Database',
    'Files',
    'Secret key',
    'Clock',
    'Server',
    'Scheme',
    'Host',
    'Client address',
    'Forged headers',
    'Callbacks',
  ]);
  expect(lines.at(-1)).toBe('No problems found.');
});

test('a report with a problem exits with 1 and shows the rest of it and the fix below', async () => {
  const { code, stdout } = await doctor(['--offline'], { TRUST_PROXY: '0.0.0.0/1,128.0.0.0/1' });
  expect(code).toBe(1);
  const lines = stdout.split('\n');
  expect(lines[0]).toMatch(/^PROBLEM {2}Configuration {4}TRUST_PROXY trusts every address/);
  expect(lines[1]).toMatch(/^ {26}Name only your own proxies\.$/);
  expect(lines[2]).toMatch(/^ {26}FIX: TRUST_PROXY=127\.0\.0\.1$/);
  expect(stdout).toMatch(/\n\n1 problem, 0 warnings\.\n$/);
});

test.each([['--fast'], ['now']])('the argument %s exits with 2', async (argument) => {
  const { code, stderr } = await doctor([argument]);
  expect([code, stderr]).toEqual([2, mentioning('error:')]);
});

test('mistakes in the environment are problems with a fix, and the report says that it ends there', async () => {
  const { wrong } = await examine({ PORT: 'many', STORE_URL: 'shop.example' });
  const check = 'configuration';
  expect(wrong).toEqual([
    { check, status: 'problem', detail: mentioning('PORT: must be a whole number'), fix: 'PORT=8080' },
    {
      check,
      status: 'problem',
      detail: mentioning('STORE_URL: must be an http or https URL'),
      fix: 'STORE_URL=https://shop.example',
    },
    {
      check,
      status: 'warning',
      detail: 'Other checks were skipped.',
      fix: 'Correct the configuration, and run this command again.',
    },
  ]);
});

test('a warning of the configuration has a fix and exits with 0', async () => {
  const { ok, wrong } = await examine({ STORE_NAEM: 'Tea' }, '--offline');
  expect([ok, wrong]).toEqual([
    true,
    [
      {
        check: 'configuration',
        status: 'warning',
        detail: mentioning('STORE_NAME'),
        fix: 'Rename STORE_NAEM to STORE_NAME.',
      },
    ],
  ]);
});

describe('the database and its key', () => {
  testOnSqlite('a database that does not exist is not created', async () => {
    const before = readdirSync(store.folder);
    const { wrong } = await examine({ DATABASE_URL: 'sqlite:absent/store.sqlite', SECRET_KEY: '' });
    expect(wrong[0]).toMatchObject({
      check: 'database',
      status: 'problem',
      detail: mentioning('absent/store'),
    });
    expect(readdirSync(store.folder)).toEqual(before);
  });

  testOnSqlite('a path through a file is a problem with a fix', async () => {
    const { wrong } = await examine({ DATABASE_URL: `sqlite:${store.file}/store.sqlite` }, '--offline');
    expect(wrong).toEqual([
      {
        check: 'database',
        status: 'problem',
        detail: `The database ${store.file}/store.sqlite cannot be opened (ENOTDIR).`,
        fix: 'Correct the path in DATABASE_URL.',
      },
    ]);
  });

  testOnSqlite('an account that may not open the database gets a report that says so', async () => {
    const folder = join(store.folder, 'private');
    mkdirSync(folder);
    const file = join(folder, 'store.sqlite');
    copyFileSync(store.file, file);
    const settings = environment(folder, { DATABASE_URL: `sqlite:${file}`, SECRET_KEY: '' });
    // Modes do not stop root, so root runs the command, which is in a private folder, as another
    // account.
    const account = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    chmodSync(compiled('.'), 0o755);
    chmodSync(folder, account.uid === undefined ? 0o000 : 0o700);
    const child = spawn(
      process.execPath,
      [compiled('server/cli/main.ts'), 'doctor', '--json', '--quiet', '--offline'],
      { ...account, cwd: '/', env: { ...settings, NODE_EXTRA_CA_CERTS: '' }, stdio: 'pipe' },
    );
    const { code, stdout, stderr } = await ended(child);
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true });
    expect([code, stderr]).toEqual([1, '']);
    expect((JSON.parse(stdout) as Report).checks.filter(({ check }) => check === 'database')).toEqual([
      {
        check: 'database',
        status: 'problem',
        detail: `The database ${file} cannot be opened (EACCES).`,
        fix: mentioning('Run this command as the user of the server'),
      },
    ]);
  });

  testOnSqlite('a file that is not a database is a problem with advice', async () => {
    const file = join(store.folder, 'other.sqlite');
    writeFileSync(file, 'This is not a database. '.repeat(100));
    const { wrong } = await examine({ DATABASE_URL: `sqlite:${file}` }, '--offline');
    expect(wrong).toEqual([
      {
        check: 'database',
        status: 'problem',
        detail: mentioning('(SQLITE_NOTADB)'),
        fix: mentioning('Replace it with a backup'),
      },
    ]);
  });

  test('PostgreSQL that does not answer is a problem, and its password is not shown', async () => {
    const url = 'postgres://wc_auth:planted-password@127.0.0.1:1/wc_auth';
    const { wrong } = await examine({ DATABASE_URL: url }, '--offline');
    expect(wrong).toEqual([
      { check: 'database', status: 'problem', detail: mentioning('cannot be used'), fix: expect.any(String) },
    ]);
    expect(JSON.stringify(wrong)).not.toContain('planted-password');
  });

  test('another secret key than that of the database is a problem, and no key is shown', async () => {
    const { wrong } = await examine({ SECRET_KEY: 'planted-secret-planted-secret-planted' }, '--offline');
    expect(wrong).toEqual([
      {
        check: 'secret_key',
        status: 'problem',
        detail: mentioning('is not the one'),
        fix: mentioning('SECRET_KEY='),
      },
    ]);
    expect(JSON.stringify(wrong)).not.toMatch(/planted-secret|test-secret/);
  });

  testOnSqlite('a missing key file is a problem, and no key is made', async () => {
    const { wrong } = await examine({ SECRET_KEY: '' }, '--offline');
    expect(wrong).toEqual([
      expect.objectContaining({
        check: 'secret_key',
        status: 'problem',
        detail: `The key file ${store.file}.secret-key is missing.`,
      }),
    ]);
    expect(readdirSync(store.folder)).not.toContain('store.sqlite.secret-key');
  });

  test('an older schema is a problem, and stays as it is', async () => {
    const { knex } = store.database;
    const steps = await knex('schema_migrations').where({ name: '0002-failed-sign-ins' });
    await knex('schema_migrations').where({ name: '0002-failed-sign-ins' }).delete();
    try {
      const { wrong } = await examine({}, '--offline');
      expect(wrong).toEqual([
        {
          check: 'database',
          status: 'problem',
          detail: mentioning('It lacks 0002-failed-sign-ins'),
          fix: 'npx wc-auth migrate',
        },
      ]);
      expect(await knex('schema_migrations').where({ name: '0002-failed-sign-ins' })).toEqual([]);
    } finally {
      await knex('schema_migrations').insert(steps);
    }
  });

  testOnSqlite('files that other accounts can read are a warning with the command', async () => {
    chmodSync(store.file, 0o644);
    try {
      const { ok, wrong } = await examine({}, '--offline');
      expect(ok).toBe(true);
      expect(wrong).toEqual([
        expect.objectContaining({ check: 'files', status: 'warning', fix: `chmod go= ${store.file}` }),
      ]);
    } finally {
      chmodSync(store.file, 0o600);
    }
  });

  test('settings with a secret that other accounts can read are a warning with the command', async () => {
    const file = join(store.folder, '.env');
    const fixesFor = async (content: string, mode: number) => {
      writeFileSync(file, content);
      chmodSync(file, mode);
      const { wrong } = await examine({}, '--offline');
      rmSync(file);
      return wrong.map(({ check, status, fix }) => ({ check, status, fix }));
    };
    const found = [{ check: 'files', status: 'warning', fix: `chmod o= ${file}` }];
    expect(await fixesFor(`SECRET_KEY='${'planted-'.repeat(5)}'\n`, 0o644)).toEqual(found);
    expect(await fixesFor('DATABASE_URL=postgres://wc_auth:planted@db.example/x\n', 0o604)).toEqual(found);
    expect(await fixesFor(`SECRET_KEY=${'planted-'.repeat(5)}\n`, 0o640)).toEqual([]);
    expect(await fixesFor('SECRET_KEY=\nDATABASE_URL=sqlite:x\nLOG_LEVEL=warn\n', 0o644)).toEqual([]);
  });

  testOnSqlite('a file from the future shows that the clock is behind', async () => {
    const at = Date.now() / 1000 + 200;
    utimesSync(store.file, at, at);
    const { wrong } = await examine({}, '--offline');
    utimesSync(store.file, new Date(), new Date());
    expect(wrong).toEqual([
      {
        check: 'clock',
        status: 'warning',
        detail: expect.stringMatching(/ (?:1\d\d|200) seconds behind the files of the database\.$/),
        fix: 'sudo timedatectl set-ntp true',
      },
    ]);
  });

  test('the clock is compared with that of the database server or its files', async () => {
    const source = onPostgres ? 'the database server' : 'the files of the database';
    expect(about(await examine({}, '--offline'), 'clock')).toEqual([
      { check: 'clock', status: 'ok', detail: `It agrees with ${source}.` },
    ]);
  });
});

describe('what answers at STORE_URL', () => {
  let other: HttpsReceiver | undefined;
  afterEach(async () => {
    await other?.stop();
    other = undefined;
  });
  const start = async (certificate: CertificateKind = 'app') => {
    other = await startHttpsReceiver({ certificate });
    return other;
  };
  const wrongAt = async (url: string) => (await examine({ STORE_URL: url })).wrong;

  test.each<[CertificateKind, string, string]>([
    ['selfSigned', 'self-signed', 'NODE_EXTRA_CA_CERTS=/path/to/certificate.pem'],
    ['expired', 'expired', 'Renew'],
    ['wrongName', 'is for other.example, not for localhost', 'change STORE_URL'],
  ])('a certificate that is %s is a problem, and no probe is sent', async (kind, detail, fix) => {
    const server = await start(kind);
    expect(await wrongAt(server.url(''))).toEqual([
      { check: 'certificate', status: 'problem', detail: mentioning(detail), fix: mentioning(fix) },
    ]);
    expect(server.received()).toEqual([]);
  });

  test('a certificate that expires within 14 days is a warning', async () => {
    const server = await start('expiresSoon');
    expect(await wrongAt(server.url(''))).toContainEqual({
      check: 'certificate',
      status: 'warning',
      detail: expect.stringMatching(/^The certificate expires on \d{4}-\d\d-\d\d, in [78] days\.$/),
      fix: mentioning('Renew'),
    });
  });

  test('another server is a problem', async () => {
    const server = await start();
    expect(await wrongAt(server.url(''))).toEqual([
      {
        check: 'server',
        status: 'problem',
        detail: mentioning('Another server answers'),
        fix: expect.any(String),
      },
    ]);
    expect(server.received().map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /wc-auth/probe',
      'GET /readyz',
    ]);
  });

  test('an answer that only looks like that of the server does not count', async () => {
    const server = await start();
    server.program({ body: JSON.stringify({ probe: 'A'.repeat(22), version: '9.9.9' }) });
    expect(await wrongAt(server.url(''))).toMatchObject([{ check: 'server', status: 'problem' }]);
  });

  test('an answer of a hostile server cannot change the terminal', async () => {
    const hostile = await startUpstream(({ headers: { authorization = '' } }, response) => {
      const peer = { address: '127.0.0.1', port: 1, encrypted: false, trusted: false };
      const view = { scheme: 'http', host: '\x1b[2Jshop\nok', address: '\x1b[31m', peer, now: Date.now() };
      const forwarded = { for: null, proto: null, host: null };
      const [, probe] = authorization.split('.');
      response.end(JSON.stringify({ ...view, probe, version: '\x07', forwarded }));
    });
    const { code, stdout } = await doctor([], { STORE_URL: hostile.url });
    await hostile.close();
    expect(code).toBe(1);
    expect(stdout).toMatch(/the host \S{1,20}shop\S?ok instead of/);
    expect(stdout.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });

  test('a redirect to another host names the STORE_URL to set', async () => {
    const server = await start();
    server.program({ status: 301, headers: { location: 'https://www.shop.example/wc-auth/probe' } });
    expect(await wrongAt(server.url(''))).toMatchObject([
      { check: 'server', status: 'problem', fix: 'STORE_URL=https://www.shop.example' },
    ]);
  });

  test('a server that answers at PORT but not at STORE_URL is told apart from one that does not run', async () => {
    const server = await start();
    const elsewhere = createServer();
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const { port } = elsewhere.address() as AddressInfo;
    elsewhere.close();
    expect(await wrongAt(`http://127.0.0.1:${port}`)).toMatchObject([
      { check: 'server', detail: mentioning('No server listens'), fix: mentioning('npx wc-auth serve') },
    ]);
    // A probe is signed for one STORE_URL, so the server has to have the same.
    const { origin } = new URL(server.url(''));
    const behind = await startTestStore({ env: { STORE_URL: origin }, folder: store.folder });
    try {
      const { wrong } = await examine({ STORE_URL: origin, PORT: new URL(behind.url).port });
      expect(wrong).toMatchObject([
        { check: 'server', detail: mentioning(`answers at ${behind.url}`), fix: mentioning('proxy_pass') },
      ]);
    } finally {
      await behind.close();
    }
  });

  // No resolver looks up a label of more than 63 characters.
  test('a name that cannot be found is a problem', async () => {
    expect(await wrongAt(`https://${'absent'.repeat(11)}.invalid`)).toMatchObject([
      { check: 'server', status: 'problem', detail: mentioning('cannot be found') },
    ]);
  });

  test('the certificate in TLS_CERT_FILE and the mode of TLS_KEY_FILE are checked offline', async () => {
    const { cert, key } = testCertificates().wrongName;
    const [certFile, keyFile] = [join(store.folder, 'tls.crt'), join(store.folder, 'tls.key')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    chmodSync(keyFile, 0o644);
    const { wrong } = await examine({ TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile }, '--offline');
    expect(wrong).toMatchObject([
      { check: 'files', status: 'warning', fix: `chmod o= ${keyFile}` },
      {
        check: 'certificate',
        status: 'problem',
        detail: mentioning('is for other.example, not for 127.0.0.1'),
      },
    ]);
  });
});

test('a running server answers the probe after the secret key in its file was replaced', async () => {
  const port = String(await freePort());
  const processes = await processStore({
    SECRET_KEY: '',
    TRUST_PROXY: '',
    PORT: port,
    STORE_URL: `http://127.0.0.1:${port}`,
  });
  try {
    await processes.serve();
    expect((await processes.command(['secret', 'rotate'])).code).toBe(0);
    const { code, stdout } = await processes.command(['doctor']);
    expect([code, stdout]).toEqual([0, mentioning('No problems found.')]);
  } finally {
    await processes.clear();
  }
});

describe('the API behind the gateway', () => {
  const ofUpstream = async (url: string) => about(await examine({ UPSTREAM_URL: url }), 'upstream');

  test('an API that answers is ok, also with 404', async () => {
    const upstream = await startUpstream((_, response) => response.writeHead(404).end());
    expect(await ofUpstream(upstream.url)).toMatchObject([{ status: 'ok' }]);
    await upstream.close();
  });

  test('an API that answers 500 is a warning', async () => {
    const upstream = await startUpstream((_, response) => response.writeHead(500).end());
    expect(await ofUpstream(upstream.url)).toMatchObject([{ status: 'warning', detail: mentioning('500') }]);
    await upstream.close();
  });

  test('an API that does not answer is a problem', async () => {
    expect(await ofUpstream(CLOSED_PORT_URL)).toMatchObject([
      { status: 'problem', fix: mentioning('Start the API') },
    ]);
  });

  test('an UPSTREAM_URL that leads back to the server is a problem', async () => {
    expect(await ofUpstream(store.url)).toMatchObject([
      {
        status: 'problem',
        detail: mentioning('leads back to this server'),
        fix: 'Set UPSTREAM_URL to the address of your API.',
      },
    ]);
  });
});

describe('the hosts of callbacks', () => {
  let app: HttpsReceiver;
  beforeAll(async () => {
    app = await startHttpsReceiver();
  });
  afterEach(() => store.database.knex('consumer_keys').delete());
  afterAll(() => app.stop());
  const connect = (callbackOrigin: string, now = Date.now()) =>
    issueKey(store, 'read', { now, app: { appName: 'Parcel Pilot', callbackOrigin, appUserId: '7' } });

  test('a host that a delivery could reach is ok, and gets no request', async () => {
    await connect(new URL(app.url()).origin);
    await connect(new URL(app.url()).origin);
    expect(about(await examine(), 'callbacks')).toMatchObject([
      { status: 'ok', detail: '1 of 1 callback host can be reached.' },
    ]);
    expect([app.connections(), app.received()]).toEqual([1, []]);
  });

  test('a host that cannot be reached or is not allowed is a warning with the fix', async () => {
    await connect(new URL(app.url()).origin);
    await connect('https://localhost:1');
    await connect('https://10.0.0.9');
    const report = await examine();
    expect(report.ok).toBe(true);
    expect(about(report, 'callbacks')).toMatchObject([
      { status: 'ok', detail: '1 of 3 callback hosts can be reached.' },
      { status: 'warning', detail: mentioning('10.0.0.9'), fix: mentioning('CALLBACK_ALLOW_HOSTS') },
      { status: 'warning', detail: mentioning('localhost:1'), fix: expect.any(String) },
    ]);
  });

  test('at most 20 hosts are checked, the newest first', async () => {
    for (let n = 0; n < 22; n += 1) await connect(`https://10.0.0.${n}`, n);
    const hosts = about(await examine(), 'callbacks').map(({ detail }) => /^[\d.]+/.exec(detail)?.[0]);
    expect(hosts).toEqual(Array.from({ length: 20 }, (_, n) => `10.0.0.${21 - n}`));
  });

  test('with --offline there is no connection except to the database', async () => {
    await connect(new URL(app.url()).origin);
    const before = app.connections();
    const report = await examine(
      { STORE_URL: new URL(app.url()).origin, UPSTREAM_URL: app.url() },
      '--offline',
    );
    expect(app.connections()).toBe(before);
    expect([...new Set(report.checks.map(({ check }) => check))]).toEqual([
      'configuration',
      'database',
      'files',
      'secret_key',
      'clock',
    ]);
  });
});
