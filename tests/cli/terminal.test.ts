import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { environment, SECRET_KEY } from '../support/store/server-process';
import { describeOnSqlite } from '../support/store/on-engine';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { hasTerminal, onTerminal } from '../support/store/terminal';

jest.setTimeout(60_000);

(hasTerminal ? describe : describe.skip)('wc-auth on a terminal', () => {
  let store: ProcessStore;
  beforeEach(async () => {
    store = await processStore();
    await store.issue('Reports');
  });
  afterEach(() => store.clear());

  const wcAuth = (line: string, keys = '', redirection = '') =>
    onTerminal(line.split(' '), keys, store.folder, environment(store.folder), redirection);
  const keyCount = async () => (await store.on(({ consumerKeys }) => consumerKeys.list())).length;
  const users = async () => (await store.on(({ users: all }) => all.list())).map(({ login }) => login);

  test.each(['n\r', '\r', '\u0004', 'nonsense\r'])(
    'asks before it revokes a key, and changes nothing after the answer %j',
    async (keys) => {
      const { code, stdout } = await wcAuth('keys revoke 1', keys);
      expect([code, stdout]).toEqual([1, expect.stringContaining('Revoke 1 key (1 "Reports")? [y/N]')]);
      expect(stdout).toContain('Nothing was changed.');
      expect(await keyCount()).toBe(1);
    },
  );

  test.each(['y\r', 'yes\r', 'Y\r'])('revokes the key after the answer %j', async (keys) => {
    const { code, stdout } = await wcAuth('keys revoke 1', keys);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Revoked key 1.')]);
    expect(await keyCount()).toBe(0);
  });

  test('asks before it removes an account, and says how many keys it has', async () => {
    await store.command('users add tom --email t@shop.example --role shop_manager'.split(' '));
    await store.command('keys create --user tom --permissions read --description x'.split(' '));
    const kept = await wcAuth('users remove tom', 'n\r');
    expect([kept.code, kept.stdout]).toEqual([
      1,
      expect.stringContaining('Remove the account tom (1 key)? [y/N]'),
    ]);
    expect(await users()).toEqual(['manager', 'tom']);
    expect((await wcAuth('users remove tom', 'y\r')).code).toBe(0);
    expect(await users()).toEqual(['manager']);
  });

  test('does not ask with --yes', async () => {
    const { code, stdout } = await wcAuth('keys revoke 1 --yes');
    expect([code, stdout]).toEqual([0, expect.not.stringContaining('[y/N]')]);
    expect(await keyCount()).toBe(0);
  });

  test.each(['keys revoke 1', 'users remove manager'])(
    'removes nothing if the question cannot be shown: "wc-auth %s 2>err"',
    async (line) => {
      const { code } = await wcAuth(line, '', '2>err');
      expect([code, readFileSync(join(store.folder, 'err'), 'utf8')]).toEqual([
        1,
        expect.stringMatching(/^Nothing was changed\. Add --yes: the question cannot be shown\.$/m),
      ]);
      expect([await keyCount(), await users()]).toEqual([1, ['manager']]);
      expect((await wcAuth('keys revoke 1 --yes', '', '2>err')).code).toBe(0);
    },
  );

  test('does not ask a script, which has no terminal', async () => {
    const { code, stdout } = await store.command(['keys', 'revoke', '1']);
    expect([code, stdout]).toEqual([0, 'Revoked key 1.\n']);
  });

  test('shows the progress of a new secret key, unless --quiet is set', async () => {
    const env = { SECRET_KEY: 'a-new-secret-key-a-new-secret-key', SECRET_KEY_PREVIOUS: SECRET_KEY };
    const rotate = (line: string, more: Record<string, string>) =>
      onTerminal(line.split(' '), '', store.folder, environment(store.folder, more));
    const first = await rotate('secret rotate', env);
    expect([first.code, first.stdout]).toEqual([0, expect.stringContaining('encrypted so far: 1\r\n')]);
    const back = { SECRET_KEY, SECRET_KEY_PREVIOUS: env.SECRET_KEY };
    const second = await rotate('secret rotate --quiet', back);
    expect([second.code, second.stdout]).toEqual([
      0,
      expect.stringMatching(/^Encrypted 1 consumer secret with/),
    ]);
  });

  describeOnSqlite('with SQLite', () => {
    test('shows the steps of a backup, unless --quiet or --json is set', async () => {
      const file = join(store.folder, 'copy.sqlite');
      const shown = /Copying the database …\r\nChecking the copy …\r\n/;
      expect((await wcAuth(`backup ${file}`)).stdout).toMatch(shown);
      for (const option of ['--quiet', '--json'])
        expect((await wcAuth(`backup ${file} --force ${option}`)).stdout).not.toMatch(shown);
      expect(readFileSync(file).subarray(0, 6).toString()).toBe('SQLite');
    });
  });
});
