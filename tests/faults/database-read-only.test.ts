import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../server/config';
import { openStore } from '../../server/open-store';
import { makeReadOnly } from '../support/store/read-only';
import { environment, serverThatEnds, startServerProcess } from '../support/store/server-process';

// Each server runs in its own process.
jest.setTimeout(60_000);

let folder: string;
let file: string;
let restore: (() => void) | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-read-only-'));
  file = join(folder, 'store.sqlite');
  const { database } = await openStore(readConfig(environment(folder)));
  await database.close();
});
afterEach(() => {
  restore?.();
  rmSync(folder, { recursive: true });
});

describe('a server whose database is read-only', () => {
  test.each([
    ['the file', () => file],
    ['its folder', () => folder],
  ])(
    'does not start if %s is read-only and says what is wrong, and starts when the right is restored',
    async (_name, path) => {
      restore = makeReadOnly(path());
      if (!restore)
        return console.warn('Root that may not mount cannot remove this right, so the test is skipped.');
      const before = statSync(file);
      const { code, stderr } = await serverThatEnds(tmpdir(), environment(folder));
      expect(stderr.trim()).toMatch(
        /^The database \S+ cannot be used \(SQLITE_(CANTOPEN|READONLY)\w*\)\. [^\n]+$/,
      );
      expect(stderr).toContain(file);
      expect(stderr).toContain('The file and its folder must be readable and writable');
      // Root got a read-only mount, other users lost the right.
      expect(stderr).toContain(
        process.getuid?.() === 0
          ? `${path()} is on a read-only file system. Mount a volume or another writable folder there, or set DATABASE_URL.`
          : ` may not write to ${path()}. Run: chmod u+rwX ${path()}`,
      );
      expect(code).toBe(1);
      expect(statSync(file)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs });

      restore();
      restore = undefined;
      const server = await startServerProcess(folder);
      server.kill('SIGTERM');
      expect((await server.ended).code).toBe(0);
    },
  );
});

describe('a server whose DATABASE_URL names', () => {
  const startOn = (database: string, ...launcher: string[]) =>
    serverThatEnds(tmpdir(), { ...environment(folder), DATABASE_URL: `sqlite:${database}` }, launcher);

  test('a folder says so, and does not start', async () => {
    const { code, stderr } = await startOn(folder);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining(`${folder} is a folder. Set DATABASE_URL to a file in it.\n`),
    ]);
  });

  test('a folder that it may not create says so, and does not tell to change the owner of the parent', async () => {
    const parent = join(folder, 'parent');
    mkdirSync(parent, { mode: 0o555 });
    // Root keeps its id and loses the right to write everywhere.
    const launcher = process.getuid?.() === 0 ? ['setpriv', '--bounding-set', '-dac_override'] : [];
    if (launcher.length > 0) chownSync(parent, 1234, 1234);
    const { code, stderr } = await startOn(join(parent, 'data/store.sqlite'), ...launcher);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(
        /\. This user \(uid \d+\) may not create \S+\/parent\/data\. Mount a volume there [^\n]*, or set DATABASE_URL to another folder\.\n$/,
      ),
    ]);
    expect(existsSync(join(parent, 'data'))).toBe(false);
  });
});
