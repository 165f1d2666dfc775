import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openSource } from '../../server/import/source/open-source';
import type { SourceProgress } from '../../server/import/source/source';
import { DUMPS, readAll, readFrom } from '../support/import/read-source';

const folder = mkdtempSync(join(tmpdir(), 'wc-auth-import-'));
afterAll(() => rmSync(folder, { recursive: true }));
const FILE = join(DUMPS, 'shop-three-tables.sql');
const dump = readFileSync(FILE);
const written = (content: Buffer | string): string => {
  const path = join(folder, 'dump');
  writeFileSync(path, content);
  return path;
};
const utf16be = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16();

test.each([
  ['compressed', gzipSync(dump)],
  [
    'compressed in two parts',
    Buffer.concat([gzipSync(dump.subarray(0, 5000)), gzipSync(dump.subarray(5000))]),
  ],
  ['with lines that end in CR LF', dump.toString().replaceAll('\n', '\r\n')],
  ['with a UTF-8 mark', `\ufeff${dump.toString()}`],
  ['in UTF-16, as PowerShell writes it', Buffer.from(`\ufeff${dump.toString()}`, 'utf16le')],
  ['in UTF-16 without a mark', Buffer.from(dump.toString(), 'utf16le')],
  ['in big-endian UTF-16', utf16be(`\ufeff${dump.toString()}`)],
  ['compressed in UTF-16', gzipSync(Buffer.from(`\ufeff${dump.toString()}`, 'utf16le'))],
  [
    'after a warning of mysqldump',
    `mysqldump: [Warning] Using a password on the command line interface can be insecure.\n${dump.toString()}`,
  ],
])('reads a dump %s, whatever its name', async (_how, content) => {
  expect((await readFrom(written(content))).rows).toEqual((await readFrom(FILE)).rows);
});

test('rejects letters that PowerShell has damaged', async () => {
  // UTF-8 as code page 437 shows it.
  const damaged = dump.toString().replaceAll('ü', '├╝');
  await expect(readFrom(written(Buffer.from(`\ufeff${damaged}`, 'utf16le')))).rejects.toThrow(
    'PowerShell has damaged letters in this file (such as "├╝"). Dump again with --result-file=dump.sql instead of > dump.sql.',
  );
});

test('reports how much of the file was read', async () => {
  const reports: SourceProgress[] = [];
  const path = written(gzipSync(dump));
  await readAll(openSource({ from: path }), { progress: (report) => reports.push(report) });
  const { length } = readFileSync(path);
  expect(reports.at(-1)).toEqual({ done: length, total: length, unit: 'bytes' });
});

test('stops at a signal', async () => {
  const stop = new AbortController();
  const read = readAll(openSource({ from: FILE }), { signal: stop.signal });
  stop.abort(new Error('stopped'));
  await expect(read).rejects.toThrow('stopped');
});

test('shows a file by its path', () => {
  expect(openSource({ from: 'dumps/shop.sql' }).place).toBe('dumps/shop.sql');
});
