import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WARNINGS } from '../../emulator/woocommerce/warnings';

// docs/differences.md says for each difference what the test kit raises.

const page = (name: string) => readFileSync(join(__dirname, '../../docs', name), 'utf8');
const CODES = Object.keys(WARNINGS);

/** Returns the cells of each row of the page's tables, without the heads. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n').filter((line) => line.startsWith('|'));
  const isHead = (index: number) => lines[index + 1]?.startsWith('| ---') ?? false;
  return lines
    .filter((line, index) => !line.startsWith('| ---') && !isHead(index))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}
const codesIn = (text: string) => [...text.matchAll(/`([a-z0-9-]+)`/g)].map(([, code = '']) => code);

test('each row of docs/differences.md names warnings of the test kit, or why there is none', () => {
  const rows = rowsOf(page('differences.md'));
  expect(rows.length).toBeGreaterThan(40);
  const isAnswered = (cell = '') =>
    /^none: ./.test(cell) || (cell !== '' && codesIn(cell).every((code) => CODES.includes(code)));
  expect(rows.filter((cells) => cells.length !== 4 || !isAnswered(cells[3]))).toEqual([]);
});

test('each warning of the test kit stands in docs/differences.md', () => {
  const text = page('differences.md');
  expect(CODES.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});
