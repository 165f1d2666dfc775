import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { command } from '../support/store/command';
import { environment } from '../support/store/server-process';

jest.setTimeout(60_000);

let folder: string;
let app: HttpsReceiver;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-try-'));
  app = await startHttpsReceiver();
});
afterEach(async () => {
  await app.stop();
  rmSync(folder, { recursive: true });
});

function tryCallback(...args: string[]) {
  return command(['try-callback', ...args], folder, environment(folder));
}

test('a report names each step, exits with 0, and makes no database', async () => {
  const { code, stdout, stderr } = await tryCallback(app.url('/cb'), '--send');
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout.split('\n').map((line) => line.replace(/\d{4}-\d\d-\d\d|\d+ ms/, '…'))).toEqual([
    `ok      URL          ${app.url('/cb')}`,
    'ok      Address      127.0.0.1',
    'ok      Connection   opened in …',
    'ok      Certificate  valid until …',
    'ok      Answer       status 200 after …',
    '',
    'A grant would deliver its key. The test key does not exist.',
    '',
  ]);
  expect(readdirSync(folder)).toEqual([]);
});

test('a failure names the cause and the fix, and exits with 1', async () => {
  app.program({ status: 302 });
  const { code, stdout } = await tryCallback(app.url('/cb'), '--send', '--json');
  expect([code, JSON.parse(stdout)]).toMatchObject([
    1,
    {
      ok: false,
      steps: [
        { step: 'url', ok: true },
        { step: 'address', ok: true },
        { step: 'connection', ok: true },
        { step: 'certificate', ok: true },
        {
          step: 'answer',
          ok: false,
          detail: expect.stringContaining('302'),
          fix: expect.stringContaining('callback_url'),
        },
      ],
    },
  ]);
});

test.each([401, 403])(
  'an app that answers %i to the test key is expected to, exit code 0',
  async (status) => {
    app.program({ status });
    const text = await tryCallback(app.url('/cb'), '--send');
    expect([text.code, text.stderr]).toEqual([0, '']);
    expect(text.stdout).toMatch(
      new RegExp(`^ok      Answer       status ${status} to the test key, after`, 'm'),
    );
    expect(text.stdout).toContain('This is expected of an app that checks its key');
    expect(text.stdout).not.toMatch(/FAILED|would deliver|would fail here/);
    const json = await tryCallback(app.url('/cb'), '--send', '--json');
    expect([json.code, JSON.parse(json.stdout)]).toMatchObject([0, { ok: true }]);
  },
);

test.each([400, 404, 500])('an app that answers %i to the test key fails, exit code 1', async (status) => {
  app.program({ status });
  const { code, stdout } = await tryCallback(app.url('/cb'), '--send');
  expect([code, stdout]).toEqual([1, expect.stringContaining('A grant would fail here.')]);
});

test('a call without a URL exits with 2', async () => {
  const { code, stderr } = await tryCallback();
  expect([code, stderr]).toEqual([2, expect.stringContaining("missing required argument 'url'")]);
});
