import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Returns the version of this package, from the nearest package.json above the running code. */
export function packageVersion(from: string = __dirname): string {
  const file = join(from, 'package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  if (dirname(from) === from) throw new Error('package.json is missing');
  return packageVersion(dirname(from));
}
