import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { spawn } from 'node:child_process';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { compiled } from '../support/jest/compiled';
import { ask, grant } from '../support/scenes/grant-scene';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { ended, environment, type Ended } from '../support/store/server-process';

let store: ProcessStore;
let app: HttpsReceiver;
let taken: Server;
beforeAll(async () => {
  [store, app] = await Promise.all([processStore(), startHttpsReceiver()]);
  taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
});
afterAll(async () => {
  await store.clear();
  await app.stop();
  taken.close();
});

const linesOf = (text: string) => text.split(/\r?\n/).filter((line) => line !== '');

describe('a server with a pipe for its log', () => {
  test('writes JSON', async () => {
    const server = await store.serve();
    server.kill('SIGTERM');
    const { stdout } = await server.ended;
    const messages = linesOf(stdout).map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages).toContain('listening, the store is http://store.test');
  });

  test('writes readable lines without colors with LOG_FORMAT=pretty, whatever an app calls itself', async () => {
    const server = await store.serve({ LOG_FORMAT: 'pretty' });
    app.program({ status: 500 });
    const name = 'Parcel\x1b[31m\x1b]0;title\x07\x9b2J\u202e\r\nPilot';
    const answer = await grant(
      await store.signIn(server),
      ask({ app_name: name, callback_url: app.url(), user_id: '\x1b[2J' }),
    );
    server.kill('SIGTERM');
    const { stdout } = await server.ended;
    const failed = linesOf(stdout).filter((line) => line.includes('callback delivery failed'));
    expect(failed).toEqual([
      expect.stringMatching(
        /^\d\d:\d\d:\d\d\.\d{3} WARN {2}callback delivery failed {2}app="Parcel \[31m \]0;title 2J Pilot" host=localhost:\d+ reason=status status=500 ms=\d+ requestId=[0-9a-f-]{36}$/,
      ),
    ]);
    expect(failed[0]).toContain(`requestId=${String(answer.headers['x-request-id'])}`);
    expect(stdout).not.toMatch(/[^\n\x20-\x7e]/);
    for (const line of linesOf(stdout)) expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} (INFO |WARN ) \S/);
  });
});

/**
 * Runs a server on a terminal, whose output it returns. Its port is taken, so it logs a warning and
 * ends.
 */
function onTerminal(env: Readonly<Record<string, string>>): Promise<Ended> {
  const { port } = taken.address() as AddressInfo;
  const spawnOnTerminal = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
  const program = [process.execPath, compiled('server/main.ts')];
  const child = spawn('python3', ['-c', spawnOnTerminal, ...program], {
    cwd: store.folder,
    env: environment(store.folder, { TERM: 'xterm-256color', PORT: String(port), STORE_NAEM: 'x', ...env }),
    stdio: 'pipe',
  });
  child.stdin.end();
  return ended(child);
}

describe('a server on a terminal', () => {
  const WARNING = 'STORE_NAEM: this variable does not exist and has no effect. Did you mean STORE_NAME?';

  test('writes readable lines with colors', async () => {
    const { code, stdout } = await onTerminal({});
    expect(code).toBe(1);
    const [first = ''] = linesOf(stdout);
    expect(first).toContain('\x1b[33mWARN \x1b[0m');
    expect(first).toContain(WARNING);
    expect(() => JSON.parse(first) as unknown).toThrow();
  });

  test('writes no colors with NO_COLOR', async () => {
    const [first = ''] = linesOf((await onTerminal({ NO_COLOR: '1' })).stdout);
    expect(first).toMatch(/^\d\d:\d\d:\d\d\.\d{3} WARN {2}STORE_NAEM/);
  });

  test('writes JSON with LOG_FORMAT=json', async () => {
    const [first = ''] = linesOf((await onTerminal({ LOG_FORMAT: 'json' })).stdout);
    expect(JSON.parse(first)).toMatchObject({ level: 40, msg: WARNING });
  });
});
