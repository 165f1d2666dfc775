import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { compiled } from '../support/jest/compiled';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { ended, environment } from '../support/store/server-process';

// Each command runs in its own process.
jest.setTimeout(60_000);

let store: ProcessStore;
beforeEach(async () => {
  store = await processStore();
});
afterEach(() => store.clear());

/** Runs `wc-auth LINE` in a shell, with its output to where `end` of the shell's line leads. */
function wcAuth(line: string, end: string) {
  const words = `"${process.execPath}" "${compiled('server/cli/main.ts')}" --quiet ${line} ${end}`;
  const env = environment(store.folder);
  return ended(
    spawn('bash', ['--norc', '-o', 'pipefail', '-c', words], { cwd: store.folder, env, stdio: 'pipe' }),
  );
}

const keys = () => store.on(({ consumerKeys }) => consumerKeys.list());

(existsSync('/dev/full') ? describe : describe.skip)('on a full disk', () => {
  test.each([
    [
      'keys create --user manager --permissions read --description x',
      'The secret of key 1 is lost. To get a new one, run: npx wc-auth keys replace 1 --overlap 0',
    ],
    [
      'users add tom --email t@shop.example --role customer --json',
      'The password of tom is lost. To get a new one, run: npx wc-auth users set-password tom',
    ],
    ['users set-password manager', 'The password of manager is lost.'],
  ])('a command fails and says what is lost: "wc-auth %s"', async (line, message) => {
    const { code, stderr } = await wcAuth(line, '> /dev/full');
    expect([code, stderr]).toEqual([1, expect.stringContaining(message)]);
    expect(stderr).toContain('The output could not be written (ENOSPC).');
  });

  test.each(['users list', 'history --csv', 'keys list --json', 'completion bash'])(
    'a command fails: "wc-auth %s"',
    async (line) => {
      expect(await wcAuth(line, '> /dev/full')).toMatchObject({
        code: 1,
        stderr: 'The output could not be written (ENOSPC).\n',
      });
    },
  );

  test('a password from standard input is not called lost', async () => {
    const { code, stderr } = await wcAuth(
      'users set-password manager --password-stdin <<< "another password"',
      '> /dev/full',
    );
    expect([code, stderr]).toEqual([1, expect.not.stringContaining('lost')]);
  });
});

describe('a reader that has read enough', () => {
  test('ends a long history without a failure', async () => {
    const event = { at: 1, event: 'user.added', detail: JSON.stringify({ login: 'x'.repeat(100) }) };
    const events = Array.from({ length: 5_000 }, () => event);
    await store.on(({ database }) => database.knex.batchInsert('audit_events', events, 50));
    const { code, stdout, stderr } = await wcAuth('history --csv --limit 99999', '| head -1');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toHaveLength(2);
  });

  test('does not hide that a secret is lost', async () => {
    const { code, stderr } = await wcAuth(
      'keys create --user manager --permissions read --description x',
      '| true',
    );
    expect([code, stderr]).toEqual([1, expect.stringContaining('The secret of key 1 is lost.')]);
    expect(await keys()).toHaveLength(1);
  });
});
