import { createHmac, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { load, type Round } from '../load';
import { median } from '../median';
import { start, type Subject } from '../processes';
import type { Figure } from '../report';
import { pairOf, type SeededFile } from '../seed';
import type { Bench } from '../run';

const PATH = '/wc-auth/v1/verify';
const IN_USE = 1_000;
const NONCES = 100_000;

/** Compares verification with an empty route, and with itself on larger tables. */
export async function verifyFigures({ folder, rounds, seconds, many, few }: Bench): Promise<Figure[]> {
  const subjects = {
    express: await start('bench/servers/empty-express.ts'),
    node: await start('bench/servers/empty-node.ts'),
    few: await start('dist/server/main.js', few.env),
    many: await start('dist/server/main.js', many.env),
  };
  const thousand = basicLines(folder, 'in-use', IN_USE);
  const all = basicLines(folder, 'all', many.count);
  const fullKey = 0;
  fillNonces(many, fullKey);

  const seen: Record<string, Round[]> = {};
  const round = async (name: string, subject: Subject, options: Partial<Parameters<typeof load>[1]>) => {
    const result = await load(subject, { seconds, path: PATH, ...options });
    if (result.rejected > 0) throw new Error(`${name}: ${result.rejected} requests failed`);
    (seen[name] ??= []).push(result);
  };
  for (let n = 0; n < rounds; n++) {
    const fresh = 1 + n;
    await round('express', subjects.express, {});
    await round('few', subjects.few, { script: ['basic.lua', thousand] });
    await round('many', subjects.many, { script: ['basic.lua', thousand] });
    await round('node', subjects.node, {});
    await round('all', subjects.many, { script: ['basic.lua', all] });
    await round('oauth', subjects.many, { script: ['targets.lua', signedTargets(folder, fresh, seconds)] });
    await round('oauthFull', subjects.many, {
      script: ['targets.lua', signedTargets(folder, fullKey, seconds)],
    });
  }
  await Promise.all(Object.values(subjects).map((subject) => subject.stop()));

  const ratio = (a: string, b: string, of: 'rate' | 'cpuMicros') =>
    median((seen[a] ?? []).map((one, n) => one[of] / (seen[b]?.[n]?.[of] ?? NaN)));
  const million = many.count.toLocaleString('en');
  return [
    atLeast(
      `verify, Basic, ${million} keys, 1,000 in use / empty Express route`,
      ratio('many', 'express', 'rate'),
      2,
    ),
    atLeast('the same / empty node:http server', ratio('many', 'node', 'rate'), 0.5),
    atLeast(`all ${million} equally in use / empty Express route`, ratio('all', 'express', 'rate'), 1.3),
    atMost(`CPU a request, 1,000 in use of ${million} / of 1,000`, ratio('many', 'few', 'cpuMicros'), 1.15),
    atMost(`CPU a request, all ${million} in use / 1,000 of 1,000`, ratio('all', 'few', 'cpuMicros'), 1.5),
    atLeast('verify, OAuth 1.0a, nonce stored / Basic', ratio('oauth', 'many', 'rate'), 0.5),
    atMost('CPU, OAuth with 100,000 nonces on the key / none', ratio('oauthFull', 'oauth', 'cpuMicros'), 1.2),
  ];
}

export const atLeast = (name: string, value: number, bound: number): Figure => ({
  name,
  value,
  bound,
  most: false,
  unit: '×',
});
export const atMost = (name: string, value: number, bound: number, unit = '×'): Figure => ({
  name,
  value,
  bound,
  most: true,
  unit,
});

export function basicLines(folder: string, name: string, count: number): string {
  const file = join(folder, `${name}.txt`);
  const lines = Array.from({ length: count }, (_, n) => {
    const { consumerKey, consumerSecret } = pairOf(n);
    return `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  });
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** Returns more requests than a round can send, each with its own nonce. */
export function signedTargets(folder: string, keyNumber: number, seconds: number): string {
  const file = join(folder, 'signed.txt');
  const { consumerKey, consumerSecret } = pairOf(keyNumber);
  const timestamp = Math.floor(Date.now() / 1000);
  const lines = Array.from({ length: seconds * 50_000 }, () => {
    const params = [
      `oauth_consumer_key=${consumerKey}`,
      `oauth_nonce=${randomBytes(12).toString('hex')}`,
      'oauth_signature_method=HMAC-SHA256',
      `oauth_timestamp=${timestamp}`,
    ].join('&');
    const text = `GET&${encodeURIComponent(`http://localhost${PATH}`)}&${encodeURIComponent(params)}`;
    const signature = createHmac('sha256', `${consumerSecret}&`).update(text).digest('base64');
    return `${PATH}?${params}&oauth_signature=${encodeURIComponent(signature)}`;
  });
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** Inserts used nonces as rows of the table: those of a key after that many requests. */
function fillNonces({ file }: SeededFile, keyNumber: number): void {
  const connection = new Sqlite(file);
  const insert = connection.prepare(
    'insert into oauth_nonces (key_id, nonce_hash, expires_at) values (?, ?, ?)',
  );
  const expiresAt = Date.now() + 900_000;
  connection.transaction(() => {
    for (let n = 0; n < NONCES; n++) insert.run(keyNumber + 1, randomBytes(32), expiresAt);
  })();
  connection.close();
}
