import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import Sqlite from 'better-sqlite3';
import { openWriter, type Writer } from '../../server/storage/sqlite/writer';

let folder: string;
let file: string;
let other: Sqlite.Database;
let writer: Writer;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wc-auth-writer-'));
  file = join(folder, 'store.sqlite');
  other = new Sqlite(file);
  other.pragma('journal_mode = WAL');
  other.exec('create table notes (name text primary key)');
  writer = open(file);
});
afterEach(async () => {
  await writer.close();
  other.close();
  rmSync(folder, { recursive: true });
});

const open = (path: string, giveUpAfterMs = 5_000) =>
  openWriter({ file: path, pragmas: ['busy_timeout = 0'], retryEveryMs: 2, giveUpAfterMs });
const INSERT = 'insert into notes (name) values (?)';
const insert = (...names: string[]) => ({ sql: INSERT, rows: names.map((name) => [name]) });
const names = () => other.prepare('select name from notes order by name').pluck().all();

test('a row that breaks a rule fails alone, and the other rows of its transaction are saved', async () => {
  const answer = await writer.write([
    insert('a', 'b', 'a'),
    { sql: 'delete from notes', rows: [] },
    insert('c'),
  ]);
  expect(answer).toEqual([1, 1, 'SQLITE_CONSTRAINT_PRIMARYKEY', 1]);
  expect(names()).toEqual(['a', 'b', 'c']);
});

test('a transaction that fails saves nothing, and the code says why', async () => {
  const nowhere = { sql: 'insert into nowhere values (?)', rows: [['x']] };
  expect(await writer.write([insert('a'), nowhere])).toBe('SQLITE_ERROR');
  expect(names()).toEqual([]);
  expect(await writer.write([insert('a')])).toEqual([1]);
});

test('writes are saved and answered in the order of the calls', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) => writer.write([insert(`n${n}`, `n${n - 1}`)])),
  );
  expect(answers[0]).toEqual([1, 1]);
  for (const answer of answers.slice(1)) expect(answer).toEqual([1, 'SQLITE_CONSTRAINT_PRIMARYKEY']);
});

test('a write waits for another writer without blocking the event loop', async () => {
  await writer.write([insert('started')]);
  other.exec('begin immediate');
  const written = writer.write([insert('a')]);
  let turns = 0;
  for (const until = performance.now() + 200; performance.now() < until; turns++) await wait(1);
  expect(turns).toBeGreaterThan(50);
  other.exec('commit');
  expect(await written).toEqual([1]);
});

test('a write fails when a lock is not released in time', async () => {
  const impatient = open(file, 100);
  other.exec('begin immediate');
  expect(await impatient.write([insert('a')])).toBe('SQLITE_BUSY');
  other.exec('commit');
  expect(await impatient.write([insert('a')])).toEqual([1]);
  await impatient.close();
});

test('several writes that wait for a lock each fail in their own time', async () => {
  const impatient = open(file, 300);
  await impatient.write([insert('started')]);
  other.exec('begin immediate');
  const began = performance.now();
  const rejected = await Promise.all(['a', 'b', 'c', 'd'].map((name) => impatient.write([insert(name)])));
  expect(rejected).toEqual(Array(4).fill('SQLITE_BUSY'));
  expect(performance.now() - began).toBeLessThan(900);
  other.exec('commit');
  await impatient.close();
});

test('a thread that ends makes its writes fail as unavailable, and the next write starts another', async () => {
  const late = join(folder, 'late.sqlite');
  const homeless = open(late);
  const failed = {
    name: 'UnavailableDatabaseError',
    message: 'The thread that writes to the database is gone (SQLITE_CANTOPEN).',
  };
  const [one, two] = [homeless.write([insert('a')]), homeless.write([insert('b')])];
  await expect(one).rejects.toMatchObject(failed);
  await expect(two).rejects.toMatchObject(failed);
  // A file that was moved aside is not created again.
  expect(existsSync(late)).toBe(false);
  new Sqlite(late).exec('create table notes (name text)').close();
  expect(await homeless.write([insert('c')])).toEqual([1]);
  await homeless.close();
});

test('closing waits for the current write, and later writes fail', async () => {
  const written = writer.write([insert('a')]);
  await writer.close();
  expect(await written).toEqual([1]);
  await expect(writer.write([insert('b')])).rejects.toMatchObject({ name: 'UnavailableDatabaseError' });
  expect(names()).toEqual(['a']);
  const homeless = open(join(folder, 'nowhere', 'store.sqlite'));
  homeless.write([insert('a')]).catch(() => undefined);
  await homeless.close();
});
