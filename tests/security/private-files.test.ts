import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { faultScene } from '../support/scenes/fault-scene';
import { httpBrowser } from '../support/http/http-browser';
import { describeOnSqlite } from '../support/store/on-engine';
import { ended, environment, run, startServerProcess } from '../support/store/server-process';

// Servers and commands run in their own processes.
jest.setTimeout(60_000);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-private-files-'));
});
const attacks: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(attacks.splice(0).map((stop) => stop()));
  rmSync(folder, { recursive: true });
});

/** Starts a process that inherits this umask. */
function withUmask<T>(mask: number, start: () => T): T {
  const before = process.umask(mask);
  try {
    return start();
  } finally {
    process.umask(before);
  }
}

/** Returns the paths of a folder and its contents with their modes: `data/store.sqlite 600`. */
function modesIn(root: string): string[] {
  const paths = [root, ...readdirSync(root, { recursive: true, encoding: 'utf8' }).map((p) => join(root, p))];
  return paths.map((path) => `${relative(folder, path)} ${(statSync(path).mode & 0o777).toString(8)}`);
}

describeOnSqlite('the files of a SQLite store', () => {
  describe.each(['022', '000'])('with umask %s', (umask) => {
    const mask = Number.parseInt(umask, 8);

    test('are private to the account of the server and the commands', async () => {
      const data = join(folder, 'new/data');
      const env = { DATABASE_URL: `sqlite:${join(data, 'store.sqlite')}`, SECRET_KEY: '' };
      const server = await withUmask(mask, () => startServerProcess(folder, env));
      try {
        const command = (...args: string[]) =>
          withUmask(mask, () => ended(run('cli/main.ts', args, folder, environment(folder, env))));
        const account = ['--email', 'mara@store.test', '--role', 'customer'];
        expect((await command('users', 'add', 'mara', ...account)).code).toBe(0);
        expect((await command('backup', join(data, 'copy.sqlite'))).code).toBe(0);
        // The writer thread has its own connection.
        const browser = httpBrowser(server.url);
        const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
        await browser.post('/login', { ...fields, username: 'otherAccount', password: 'wrong password' });

        const modes = modesIn(join(folder, 'new'));
        const files = ['store.sqlite', 'store.sqlite-wal', 'store.sqlite-shm', 'store.sqlite.secret-key'];
        const expected = [...files, 'copy.sqlite', 'store.sqlite.leases/door'].map(
          (name) => `new/data/${name} 600`,
        );
        expect(modes).toEqual(expect.arrayContaining(expected));
        const folders = ['new 700', 'new/data 700', 'new/data/store.sqlite.leases 700'];
        const leases = modes.filter((mode) => ![...expected, ...folders].includes(mode));
        expect(modes).toEqual(expect.arrayContaining(folders));
        expect(leases).not.toEqual([]);
        for (const lease of leases) expect(lease).toMatch(/\.leases\/[0-9a-f-]{36}(-journal)? 600$/);
      } finally {
        server.kill('SIGTERM');
        await server.ended;
      }
    });
  });

  const isRootOnLinux = process.platform === 'linux' && process.getuid?.() === 0;
  (isRootOnLinux ? test : test.skip)(
    'cannot be locked by another account, which would stop every signed request',
    async () => {
      const scene = await withUmask(0o022, () => faultScene());
      try {
        // Only the modes of the files should stop the attack.
        chmodSync(scene.store.folder, 0o755);
        expect(await scene.callSigned(scene.signed())).toBe('works');
        const rejected = attack(`${scene.store.file}-shm`);
        expect(await rejected.outcome).toBe('cannot open');
        expect(await scene.callSigned(scene.signed())).toBe('works');

        // The attack works when the mode allows it.
        chmodSync(`${scene.store.file}-shm`, 0o644);
        const locking = attack(`${scene.store.file}-shm`);
        expect(await locking.outcome).toBe('locked');
        expect(await scene.callSigned(scene.signed())).toMatch(/^503 /);
        await locking.stop();
        expect(await scene.callSigned(scene.signed())).toBe('works');
      } finally {
        await scene.close();
      }
    },
  );

  test('are reported with the command that closes them when they are open to others, and are not changed', async () => {
    const data = join(folder, "the store's data");
    const file = join(data, 'store.sqlite');
    const env = { DATABASE_URL: `sqlite:${file}`, SECRET_KEY: '' };
    /** Starts a server and runs the commands that it names while it runs. */
    const start = async () => {
      const server = await startServerProcess(folder, env);
      const modes = modesIn(data);
      const lines = server.output().trim().split('\n');
      const warned = lines.filter((line) => line.includes('chmod')).map((line) => JSON.parse(line) as Line);
      for (const { msg } of warned) execFileSync('sh', ['-c', /chmod .*/.exec(msg)?.[0] ?? 'false']);
      const closed = modesIn(data);
      server.kill('SIGTERM');
      await server.ended;
      return { modes, warned: warned.map(({ level }) => level), closed };
    };
    expect((await start()).warned).toEqual([]);

    const open = ['store.sqlite', 'store.sqlite.secret-key', 'store.sqlite.leases/door'];
    for (const name of open) chmodSync(join(data, name), 0o644);
    chmodSync(data, 0o777);
    const { modes, warned, closed } = await start();
    for (const name of [...open, 'store.sqlite-wal', 'store.sqlite-shm'])
      expect(modes).toContain(`the store's data/${name} 644`);
    expect(modes).toContain("the store's data 777");
    expect(warned).toEqual([40, 40]);
    expect(closed.filter((line) => !/ [67]00$/.test(line))).toEqual(["the store's data 755"]);
    expect((await start()).warned).toEqual([]);
  });
});

interface Line {
  readonly level: number;
  readonly msg: string;
}

/**
 * A script that read-locks the lock bytes of SQLite's shared memory (SQLite's WAL-index document,
 * 2.3).
 */
const LOCK = `
  use Fcntl;
  $| = 1;
  open(my $file, '<', $ARGV[0]) or do { print "cannot open\n"; exit };
  my $lock = pack('s s x4 q q l x4', F_RDLCK, 0, 120, 8, 0);
  print fcntl($file, F_SETLK, $lock) ? "locked\n" : "cannot lock\n";
  <STDIN>;
`;

/** Runs LOCK as another account until it is stopped. */
function attack(file: string) {
  const otherAccount = { uid: 65_534, gid: 65_534 };
  const child = spawn('perl', ['-e', LOCK, file], { ...otherAccount, cwd: '/', env: {}, stdio: 'pipe' });
  const closed = once(child, 'close');
  const stop = async () => {
    child.kill('SIGKILL');
    await closed;
  };
  attacks.push(stop);
  return { outcome: once(child.stdout, 'data').then(([said]) => String(said).trim()), stop };
}
