import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compiled } from '../jest/compiled';

const ROOT = resolve(__dirname, '../../..');

/** Makes a copy of an example, whose dependencies are those of this repository. Returns its folder. */
export function copyOfExample(example: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-example-'));
  cpSync(join(ROOT, 'examples', example), folder, { recursive: true });
  const packages = join(folder, 'node_modules');
  mkdirSync(join(packages, 'wc-auth-server'), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules/express'), join(packages, 'express'));
  writeFileSync(
    join(packages, 'wc-auth-server/index.js'),
    `module.exports = require(${JSON.stringify(compiled('server/index.ts'))});`,
  );
  return folder;
}
