import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import https from 'node:https';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { createCallback } from '../../emulator';
import { keptCertificates } from '../../emulator/command/kept-certificates';
import { trustCommand } from '../../emulator/command/trust-command';
import { addFault } from '../../server/cli/emulate-faults';
import { emulationScene, type EmulationScene } from '../support/scenes/emulation';
import { connectUrl } from '../support/scenes/kit-scene';

let folder: string;
let scene: EmulationScene | undefined;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'wc-auth-emulation-'))));
afterEach(async () => {
  await scene?.close();
  scene = undefined;
  rmSync(folder, { recursive: true });
});

type Options = Parameters<typeof emulationScene>[0];
const start = async (options?: Options) => (scene = await emulationScene(options));

/** Opens a URL as a browser that trusts the store, and does not follow a redirect. */
async function open({ store }: EmulationScene, url: string) {
  const [response] = (await once(https.get(url, { agent: store.agent }), 'response')) as [IncomingMessage];
  return { status: response.statusCode, location: response.headers.location, text: await text(response) };
}

describe('what the command prints for people', () => {
  test('at the start: address, manager, key, token, and how to trust the authority', async () => {
    const { lines, store, token } = await start({ name: 'Mug Shop' });
    const printed = lines.join('\n');
    expect(lines[0]).toBe(`Mug Shop is ready at ${store.url}. To stop it, press Ctrl+C.`);
    for (const row of [
      /^ {2}Connect URL +https:\/\/localhost:\d+\/wc-auth\/v1\/authorize$/m,
      /^ {2}Manager +manager$/m,
      /^ {2}Password +correct horse battery$/m,
      /^ {2}Consumer key +ck_\w{40}$/m,
      /^ {2}Consumer secret +cs_\w{40} {2}\(key 1, read_write\)$/m,
      /^ {2}NODE_EXTRA_CA_CERTS=\S+\/ca\.pem/m,
      /--certificates FOLDER/,
    ])
      expect(printed).toMatch(row);
    expect(printed).toContain(token);
    const [, caFile = ''] = /Authority +(\S+)$/m.exec(printed) ?? [];
    expect(readFileSync(caFile, 'utf8')).toBe(store.ca);
    await scene?.close();
    expect(existsSync(caFile)).toBe(false);
  });

  test('one line for each grant and API call, with warnings below it', async () => {
    const { lines, store, call } = await start();
    const before = lines.length;
    const callback = await createCallback(store);
    const { key } = await store.approve(connectUrl(store, callback.url));
    await store.deny(connectUrl(store, callback.url, { user_id: '7' }));
    await call('PUT', '/faults', { body: { callback: 'timeout' } });
    await store.approve(connectUrl(store, callback.url, { user_id: '8' })).catch(() => undefined);
    const basic = `Basic ${btoa(`${key.consumerKey}:${key.consumerSecret}`)}`;
    await store.fetch(`${store.url}/wp-json/wc/v3/products?page=1`, { headers: { Authorization: basic } });
    await store.fetch(`${store.url}/wp-json/wc/v3/products`);
    await callback.close();
    const { origin } = new URL(callback.url);
    const printed = lines.slice(before);
    expect(printed.filter((line) => !line.startsWith(' '))).toEqual([
      `GRANT  Parcel Pilot  approved  key 2 (read_write)  to ${origin}`,
      'GRANT  Parcel Pilot  denied',
      `GRANT  Parcel Pilot  failed: timeout  at ${origin}`,
      'API    GET  /wp-json/wc/v3/products?page=1  200  key 2',
      'API    GET  /wp-json/wc/v3/products  401  no key',
    ]);
    const failed = printed.findIndex((line) => line.includes('failed: timeout'));
    expect(printed[failed + 1]).toMatch(/^ {7}note callback-failure: /);
  });

  test('only the start with --quiet', async () => {
    const { lines, store } = await start({ quiet: true });
    const before = lines.length;
    await store.fetch(`${store.url}/wp-json/wc/v3/products`);
    expect(lines.length).toBe(before);
  });

  test('no characters that could change the terminal', async () => {
    const { lines, store } = await start();
    const callback = await createCallback(store);
    await store.approve(connectUrl(store, callback.url, { app_name: 'Parcel \u001b[2JPilot' }));
    await callback.close();
    expect(lines.join('')).not.toContain('\u001b');
    expect(lines).toContainEqual(expect.stringMatching(/^GRANT {2}Parcel.* {2}approved /));
  });
});

test('with --http the store answers on http and shows no authority', async () => {
  const { lines, store } = await start({ http: true });
  expect(store.url).toMatch(/^http:\/\/localhost:\d+$/);
  expect(lines.join('\n')).not.toContain('ca.pem');
});

test('a seed file gives the store its name, its users and its data', async () => {
  const seed = join(folder, 'seed.yaml');
  writeFileSync(
    seed,
    'name: Mug Shop\nusers:\n  - { login: mara, role: administrator, password: a long password }\ndata:\n  products: [{ name: Mug }]\n',
  );
  const { lines, call } = await start({ seed });
  expect((await call('GET', '/state')).json()).toMatchObject({
    name: 'Mug Shop',
    users: [
      { login: 'mara', password: 'a long password', role: 'administrator', email: 'mara@store.example' },
    ],
  });
  expect(lines.join('\n')).toMatch(/^ {2}Administrator +mara$/m);
});

test('--fail lasts over a reset', async () => {
  const { call } = await start({ fail: addFault('callback:timeout') });
  expect((await call('GET', '/state')).json().faults).toEqual({ callback: 'timeout' });
  await call('DELETE', '/faults');
  expect((await call('GET', '/state')).json().faults).toEqual({});
  await call('POST', '/reset');
  expect((await call('GET', '/state')).json().faults).toEqual({ callback: 'timeout' });
});

test.each([
  ['callback:read-only', { callback: 'read-only' }],
  ['api:503', { api: { status: 503 } }],
  [
    'api:429,every=3,retry-after=5,path=/orders/\\d{1,9}$',
    { api: { status: 429, every: 3, retryAfter: 5, path: /\/orders\/\d{1,9}$/ } },
  ],
  ['api:500,path=/orders,every=2', { api: { status: 500, path: /\/orders,every=2/ } }],
])('--fail %s is read', (value, faults) => {
  expect(addFault(value)).toEqual(faults);
});

test.each([
  ['callback:slow', 'It must be callback:FAULT (unreachable, timeout, duplicate, read-only) or api:STATUS'],
  ['api:200', 'The status must be a number from 400 to 599.'],
  ['api:500,each=3', '"each=3" is not every=NUMBER, retry-after=SECONDS or, at the end, path=PATTERN.'],
  ['api:500,every=0', '"every=0" is not every=NUMBER'],
  ['api:500,path=(', 'path is not a regular expression: '],
])('--fail %s is rejected with what to write', (value, message) => {
  expect(() => addFault(value)).toThrow(message);
});

describe('--auto-approve', () => {
  test('approves a connect URL when it is opened, as often as it is opened', async () => {
    const emulation = await start({ autoApprove: true });
    const callback = await createCallback(emulation.store);
    const url = connectUrl(emulation.store, callback.url);
    for (const count of [1, 2]) {
      const { status, location } = await open(emulation, url);
      expect([status, location]).toEqual([302, 'https://app.example/return?success=1&user_id=42']);
      expect(callback.received.length).toBe(count);
    }
    await callback.close();
  });

  test.each([
    ['at another host', { callback_url: 'https://app.example/callback' }],
    ['at another host that a second spelling names', { 'callback.url': 'https://app.example/callback' }],
    [
      'at a host that only starts like this machine',
      { callback_url: 'https://127.0.0.1.app.example/callback' },
    ],
  ])('leaves a callback %s to the manager, and says how to allow it', async (_where, over) => {
    const emulation = await start({ autoApprove: true });
    const url = connectUrl(emulation.store, 'https://localhost/callback', over);
    const { status, location } = await open(emulation, url);
    expect([status, location]).toEqual([302, expect.stringContaining('/login')]);
    expect(emulation.lines.at(-1)).toMatch(
      /^NOTE {3}Not approved: the callback is at (\S+)\. To approve it without a click, add --allow \1\.$/,
    );
  });

  test('approves a callback at a host of --allow', async () => {
    const emulation = await start({
      autoApprove: true,
      allow: ['app.example'],
      fail: addFault('callback:timeout'),
    });
    const { status, text } = await open(
      emulation,
      connectUrl(emulation.store, 'https://app.example/callback'),
    );
    // It was approved: the delivery failed.
    expect([status, text]).toEqual([422, expect.stringContaining('could not')]);
  });

  test('shows why a request was not approved', async () => {
    const emulation = await start({ autoApprove: true });
    const callback = await createCallback(emulation.store, () => ({ status: 500 }));
    const { status, text } = await open(emulation, connectUrl(emulation.store, callback.url));
    await callback.close();
    expect([status, text]).toEqual([422, expect.stringContaining('500')]);
  });
});

describe('--certificates', () => {
  const mode = (file: string) => (statSync(join(folder, 'kept', file)).mode & 0o777).toString(8);

  test('keeps the authority between runs, with a private key that only this user can read', async () => {
    const kept = join(folder, 'kept');
    const first = await start({ certificates: kept });
    const { ca } = first.store;
    expect(first.lines.join('\n')).toContain(join(kept, 'ca.pem'));
    expect(readdirSync(kept).sort()).toEqual(['ca.pem', 'localhost.key', 'localhost.pem']);
    expect([mode('localhost.key'), mode('ca.pem')]).toEqual(['600', '644']);
    await first.close();
    const second = await start({ certificates: kept });
    expect(second.store.ca).toBe(ca);
    expect(readFileSync(join(kept, 'ca.pem'), 'utf8')).toBe(ca);
    expect((await second.call('GET', '/state')).status).toBe(200);
    expect(second.lines.join('\n')).not.toContain('NODE_EXTRA_CA_CERTS');
  });

  test('makes new certificates a day before they expire, and says so', () => {
    const now = Date.now();
    const year = 365 * 24 * 3_600_000;
    const first = keptCertificates(folder, now);
    expect(keptCertificates(folder, now + year - 90_000_000)).toMatchObject({ state: 'kept' });
    const later = keptCertificates(folder, now + year - 80_000_000);
    expect([first.state, later.state]).toEqual(['new', 'expired']);
    expect(later.certificates.ca).not.toBe(first.certificates.ca);
  });

  test('rejects files that do not belong together', () => {
    keptCertificates(folder, Date.now());
    const [one, other] = [readFileSync(join(folder, 'localhost.key')), join(folder, 'other')];
    keptCertificates(other, Date.now());
    writeFileSync(join(other, 'localhost.key'), one);
    expect(() => keptCertificates(other, Date.now())).toThrow(
      `The files ca.pem, localhost.pem, localhost.key in ${other} do not belong together. Delete them, and the next start makes new ones.`,
    );
  });

  test('names a folder that cannot be used', () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    expect(() => keptCertificates(file, Date.now())).toThrow(
      /^The folder \S+\/file of --certificates cannot be used \(E\w+\)\. Give a folder that this user can write\.$/,
    );
  });
});

test('--trust names a file without a certificate', async () => {
  const file = join(folder, 'no.pem');
  for (const content of ['', '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n']) {
    writeFileSync(file, content);
    await expect(start({ trust: [file] })).rejects.toThrow(
      `The file ${file} of --trust must contain certificates in PEM.`,
    );
  }
  await expect(start({ trust: ['/nowhere.pem'] })).rejects.toThrow(
    'The file /nowhere.pem of --trust cannot be read (ENOENT).',
  );
});

test.each([
  [
    'darwin',
    '/a folder/ca.pem',
    true,
    "security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db '/a folder/ca.pem'",
  ],
  ['win32', 'C:\\a folder\\ca.pem', false, 'certutil -user -addstore Root "C:\\a folder\\ca.pem"'],
  [
    'linux',
    "/it's/ca.pem",
    true,
    String.raw`sudo cp '/it'\''s/ca.pem' /usr/local/share/ca-certificates/wc-auth-emulator.crt && sudo update-ca-certificates`,
  ],
  ['linux', '/tmp/ca.pem', false, 'sudo trust anchor --store /tmp/ca.pem'],
] as const)('the command that trusts the authority on %s quotes %j', (platform, file, debian, command) => {
  expect(trustCommand(file, platform, () => debian)).toBe(command);
});
