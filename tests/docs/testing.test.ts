import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { WARNINGS } from '../../emulator/woocommerce/warning-list';

// Compares docs/testing.md with the test kit. `npm run test:kit` runs the programs of the page.

const page = readFileSync(resolve(__dirname, '../../docs/testing.md'), 'utf8');

test('docs/testing.md lists every warning with its severity, its cause and what to change', () => {
  const rows = [...page.matchAll(/^\| `([\w-]+)` +\| `(breaks|code)` +\| (.*?) +\| (.*?) +\|$/gm)].map(
    ([, code, severity, when, help]) => ({ code, severity, when, help }),
  );
  expect(rows).toEqual(Object.entries(WARNINGS).map(([code, declared]) => ({ code, ...declared })));
});
