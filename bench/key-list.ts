import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestStore, type TestStore } from '../tests/support/store/test-store';
import type { HttpBrowser } from '../tests/support/http/http-browser';

// Measures GET /keys with few keys and with many, over HTTP and in one run. The two take turns, so
// that both see the same machine. `node --import tsx bench/key-list.ts`

const FEW = 50;
const MANY = Number(process.env['KEYS'] ?? 50_000);
const ROUNDS = Number(process.env['ROUNDS'] ?? 200);
const ALLOWED = 1.5;
const DAY = 86_400_000;

const VIEWS = [
  ['the list', '/keys'],
  ['by last access', '/keys?sort=used-desc'],
  ['longest unused', '/keys?sort=used-asc'],
  ['by description', '/keys?sort=description-asc'],
  ['one app', '/keys?app=App+7'],
  ['one owner', '/keys?owner=manager'],
  ['permissions', '/keys?permissions=write'],
  ['unused for 90 days', '/keys?unused=90'],
  ['a search that hits', '/keys?search=App'],
  ['a search that misses', '/keys?search=nothing-like-it'],
  ['page 500 (of the many)', '/keys?paged=500'],
  ['the apps', '/apps'],
  ['a search for apps', '/apps?search=app7'],
] as const;

interface Side {
  readonly store: TestStore;
  readonly browser: HttpBrowser;
}

async function sideWith(keys: number): Promise<Side> {
  const folder = mkdtempSync(join(tmpdir(), 'wc-auth-bench-'));
  const store = await startTestStore({ folder, env: { LOG_LEVEL: 'silent' } });
  await store.addUser('manager', 'administrator');
  const now = Date.now();
  const row = (i: number) => ({
    user_id: 1,
    description: `App ${i % 40} - API ${(i * 7919) % keys}`,
    permissions: ['read', 'write', 'read_write'][i % 3],
    consumer_key: i.toString(16).padStart(64, '0'),
    consumer_secret: 'x'.repeat(120),
    pair_digest: 'x'.repeat(43),
    truncated_key: ((i * 2_654_435_761) % 268_435_456).toString(16).padStart(7, '0'),
    created_at: now - (i % 700) * DAY - i,
    app_name: i % 4 === 0 ? null : `App ${i % 40}`,
    app_user_id: '7',
    callback_origin: `https://app${i % 40}.example`,
  });
  const use = (i: number) => ({
    key_id: i + 1,
    last_access: i % 5 === 0 ? null : now - ((i * 31) % 400) * DAY,
    last_address: '203.0.113.7',
  });
  await store.database.knex.transaction(async (within) => {
    for (let start = 0; start < keys; start += 50) {
      const numbers = Array.from({ length: Math.min(50, keys - start) }, (_, i) => start + i);
      await within('consumer_keys').insert(numbers.map(row));
      await within('key_uses').insert(numbers.map(use));
    }
  });
  return { store, browser: await store.signIn() };
}

async function timeOf({ browser }: Side, path: string): Promise<number> {
  const started = performance.now();
  await browser.get(path);
  return performance.now() - started;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

async function main(): Promise<void> {
  const few = await sideWith(FEW);
  const many = await sideWith(MANY);
  let failed = false;
  console.log(
    `GET, median of ${ROUNDS} requests, milliseconds\n${''.padEnd(26)}${FEW} keys  ${MANY} keys  ratio`,
  );
  for (const [name, path] of VIEWS) {
    const rounds = path === '/keys' ? ROUNDS : Math.ceil(ROUNDS / 5);
    const times = { few: [] as number[], many: [] as number[] };
    for (let i = -10; i < rounds; i++) {
      const [a, b] = [await timeOf(few, path), await timeOf(many, path)];
      if (i < 0) continue;
      times.few.push(a);
      times.many.push(b);
    }
    const [a, b] = [median(times.few), median(times.many)];
    const ratio = b / a;
    if (path === '/keys' && ratio > ALLOWED) failed = true;
    console.log(
      `${name.padEnd(26)}${a.toFixed(2).padStart(7)}  ${b.toFixed(2).padStart(10)}  ${ratio.toFixed(2).padStart(5)}`,
    );
  }
  for (const { store } of [few, many]) {
    await store.close();
    rmSync(store.folder, { recursive: true });
  }
  if (failed) {
    console.error(`The list of ${MANY} keys takes more than ${ALLOWED} times as long as that of ${FEW}.`);
    process.exitCode = 1;
  }
}

void main();
