import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { bundle } from '../../scripts/bundle.cjs';
import { startServerProcess } from '../support/store/server-process';

const folder = mkdtempSync(join(tmpdir(), 'wc-auth-not-in-serve-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

test('a server in use loads no module of the emulator', async () => {
  const listing = join(folder, 'listing.cjs');
  writeFileSync(
    listing,
    "process.on('exit', () => console.error(Object.keys(require('module')._cache).join('\\n')));",
  );
  const server = await startServerProcess(folder, { NODE_OPTIONS: `--require ${listing}` });
  server.kill('SIGTERM');
  const { code, stderr } = await server.ended;
  expect(code).toBe(0);
  expect(stderr).toContain('listing.cjs');
  expect(stderr).not.toMatch(/emulator/);
});

test('no bundle of the server contains a module of the emulator', () => {
  const { metafile } = buildSync({
    ...bundle,
    absWorkingDir: resolve(__dirname, '../..'),
    entryPoints: (bundle.entryPoints as string[]).filter((entry) => entry.startsWith('server/')),
    outdir: folder,
    write: false,
    metafile: true,
  });
  const inputs = Object.keys(metafile.inputs);
  expect(inputs).toContain('server/main.ts');
  expect(inputs.filter((input) => input.startsWith('emulator/'))).toEqual([]);
});
