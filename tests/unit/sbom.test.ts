import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const { devDependencies } = jest.requireActual<{ devDependencies: Record<string, string> }>(
  '../../package.json',
);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-sbom-'));
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(ROOT, name), join(folder, name));
  mkdirSync(join(folder, 'dist'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the script for a bundle with these packages. */
function sbom(...bundled: readonly string[]) {
  const licenses = bundled.map((heading) => `${heading}\n${'='.repeat(60)}\nMIT\n`).join('\n');
  writeFileSync(join(folder, 'dist/THIRD-PARTY-LICENSES.txt'), licenses);
  return spawnSync(process.execPath, [join(ROOT, 'scripts/sbom.mjs')], { cwd: folder, encoding: 'utf8' });
}

test('lists what is installed and what is in the bundle, and no tools', () => {
  const { stdout, stderr } = sbom(`express ${devDependencies['express'] ?? ''}`);
  expect(stderr).toBe('');
  const { spdxVersion, packages, relationships } = JSON.parse(stdout) as {
    spdxVersion: string;
    packages: { name: string; SPDXID: string; checksums?: unknown[] }[];
    relationships: { spdxElementId: string; relatedSpdxElement: string }[];
  };
  expect(spdxVersion).toBe('SPDX-2.3');
  const names = packages.map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining(['wc-auth-server', 'argon2', 'better-sqlite3', 'pg', 'express']),
  );
  expect(names).not.toContain('helmet');
  expect(names).not.toContain('jest');
  const ids = ['SPDXRef-DOCUMENT', ...packages.map(({ SPDXID }) => SPDXID)];
  expect(relationships.length).toBeGreaterThan(packages.length / 2);
  for (const { spdxElementId, relatedSpdxElement } of relationships)
    expect(ids).toEqual(expect.arrayContaining([spdxElementId, relatedSpdxElement]));
});

test('fails when the bundle has a version that the lockfile does not have', () => {
  expect(sbom('express 0.0.1')).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'package-lock.json does not have express 0.0.1. Run "npm ci" and "npm run build".\n',
  });
});

test('says that there is no build', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(ROOT, 'scripts/sbom.mjs')], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([
    1,
    `There is no dist/THIRD-PARTY-LICENSES.txt in ${folder}. Run "npm run build" in the root of the repository.\n`,
  ]);
});
