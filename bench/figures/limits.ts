import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { load, type Round } from '../load';
import { median } from '../median';
import { start } from '../processes';
import type { Figure } from '../report';
import type { Bench } from '../run';
import { pairOf, seed } from '../seed';
import { atMost } from './verify';

const PATH = '/wc-auth/v1/verify';
/** What a proxy tells of the original request. Its route belongs to a group that the keys open. */
const ORIGINAL = { 'X-Forwarded-Method': 'GET', 'X-Forwarded-Uri': '/wp-json/wc/v3/orders/12/notes?page=2' };
/** Of more keys than the server caches, each is looked up: its row and index entry are longer by its limits. */
const KINDS = [
  { inUse: 1_000, bound: 1.05 },
  { inUse: 100_000, bound: 1.1 },
];
/** The difference is small, so it takes many short rounds to see it. */
const PAIRS_A_ROUND = 5;

/**
 * Measures what an end, groups and addresses add to the verification of a key. One server has keys of
 * both kinds, which take turns, so that two processes are not compared.
 */
export async function limitFigures({ folder, rounds, seconds }: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { inUse, bound } of KINDS) {
    const { file, env } = await seed(folder, `limits-${inUse}`, 2 * inUse);
    limitKeys(file, inUse);
    const lines = {
      plain: linesOf(folder, `plain-${inUse}`, 0, inUse),
      limited: linesOf(folder, `limited-${inUse}`, inUse, 2 * inUse),
    };
    const server = await start('dist/server/main.js', env);
    const loaded = async (kind: keyof typeof lines): Promise<Round> => {
      const round = await load(server, {
        seconds: seconds / PAIRS_A_ROUND,
        path: PATH,
        headers: ORIGINAL,
        script: ['headers.lua', lines[kind]],
      });
      if (round.rejected > 0) throw new Error(`${kind}: ${round.rejected} requests failed`);
      return round;
    };
    await loaded('plain');
    await loaded('limited');
    const ratios: number[] = [];
    for (let n = 0; n < rounds * PAIRS_A_ROUND; n++) {
      // The two change places, so that a machine that slows down favors neither.
      const order = n % 2 === 0 ? (['plain', 'limited'] as const) : (['limited', 'plain'] as const);
      const [first, second] = [await loaded(order[0]), await loaded(order[1])];
      const ratio = second.cpuMicros / first.cpuMicros;
      ratios.push(n % 2 === 0 ? ratio : 1 / ratio);
    }
    await server.stop();
    const name = `${inUse.toLocaleString('en')} in use`;
    figures.push(
      atMost(
        `CPU a request, keys with an end, groups and addresses / without, ${name}`,
        median(ratios),
        bound,
      ),
    );
  }
  return figures;
}

/** Writes the header of each of these keys into a file. */
function linesOf(folder: string, name: string, from: number, to: number): string {
  const file = join(folder, `${name}.txt`);
  const lines = Array.from({ length: to - from }, (_, n) => {
    const { consumerKey, consumerSecret } = pairOf(from + n);
    return `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  });
  writeFileSync(file, lines.join('\n'));
  return file;
}

/** Limits the keys after the first ones. */
function limitKeys(file: string, from: number): void {
  const connection = new Sqlite(file);
  connection
    .prepare(
      `update consumer_keys set expires_at = ?, resources = 'orders products reports',
       addresses = '192.0.2.0/24 2001:db8::/32 127.0.0.0/8' where key_id > ?`,
    )
    .run(Date.now() + 86_400_000, from);
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}
