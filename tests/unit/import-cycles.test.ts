import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const files = ['server', 'migrations', 'emulator'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(ROOT, folder, path)),
);

/** Returns what a file names in import, import() and require(), including type imports. */
function importsOf(file: string): string[] {
  const named = readFileSync(file, 'utf8').matchAll(/(?:from|import\(|require\()\s*'(\.[^']+)'/g);
  return [...named]
    .map(([, path = '']) => `${resolve(dirname(file), path)}.ts`)
    .filter((path) => existsSync(path));
}

/** Returns the files of the first cycle found. */
function findCycle(): string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  function visit(file: string): string[] | undefined {
    if (path.includes(file)) return path.slice(path.indexOf(file));
    if (done.has(file)) return undefined;
    path.push(file);
    for (const next of importsOf(file)) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  }
  for (const file of files) {
    const cycle = visit(file);
    if (cycle) return cycle.map((one) => relative(ROOT, one));
  }
  return undefined;
}

test('no file of the server or the test kit imports itself through others, not even for a type', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(findCycle()).toBeUndefined();
});
