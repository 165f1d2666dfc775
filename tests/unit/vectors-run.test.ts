import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { compiled } from '../support/jest/compiled';
import { KEY, NOW, query, rejected, SECRET, signed } from './oauth-fixtures';

const ROOT = resolve(__dirname, '../..');
let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'wc-auth-vectors-test-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function run(vectorsDir: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = [compiled('tests/support/programs/vectors-run.ts')];
  const env = { PATH: process.env['PATH'], VECTORS_DIR: vectorsDir };
  return new Promise((done) => {
    execFile(process.execPath, args, { cwd: ROOT, env }, (error, stdout, stderr) => {
      done({ code: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr });
    });
  });
}

const url = 'http://localhost:18080/wp-json/wc/v3/products';
const target = `${url}?${query(signed({ url }))}`;
const headers = { host: 'localhost:18080' };
const right = {
  mode: 'oauth',
  op: 'list',
  method: 'GET',
  url: target,
  headers,
  timestamp: NOW,
  expect: 'accept',
};
const wrong = rejected('Invalid signature - provided signature does not match.');
const file = (...vectors: object[]) => {
  const text = JSON.stringify({ client: 'a test', consumerKey: KEY, consumerSecret: SECRET, vectors });
  writeFileSync(join(folder, 'a-test.json'), text);
};

test('npm run vectors ends with 2 when the named folder is missing or empty', async () => {
  for (const named of [join(folder, 'none'), folder]) {
    const { code, stderr } = await run(named);
    expect([code, stderr]).toEqual([2, expect.stringContaining(`There are no vectors in ${named}`)]);
  }
});

test('npm run vectors passes vectors with the expected result: accepted, rejected with the right text, without a verdict', async () => {
  const changed = { ...right, url: `${target}&page=2`, expect: 'refuse', error: wrong };
  const none = { ...right, url, expect: 'unjudged' };
  const late = {
    ...right,
    timestamp: NOW + 901,
    expect: 'refuse',
    error: { status: 401, code: wrong.code, message: null },
  };
  file(right, changed, none, late);
  expect(await run(folder)).toMatchObject({ code: 0, stdout: '4 passed, 0 failed\n' });
});

test('npm run vectors fails other vectors, names them, and ends with 1', async () => {
  file(
    right,
    { ...right, expect: 'refuse' },
    { ...right, timestamp: NOW + 901 },
    { ...right, url, expect: 'refuse', error: wrong },
  );
  const { code, stdout } = await run(folder);
  expect(code).toBe(1);
  expect(stdout.trim().split('\n').at(-1)).toBe('1 passed, 3 failed');
  expect(stdout.match(/^FAILED a-test\.json #[123] oauth list$/gm)).toHaveLength(3);
});
