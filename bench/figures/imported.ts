import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { load, type Round } from '../load';
import { sendOneByOne, type Sent } from '../load/one-by-one';
import { median } from '../median';
import { start, type Subject } from '../processes';
import type { Figure } from '../report';
import type { Bench } from '../run';
import { pairOf, seed } from '../seed';
import { atLeast, atMost } from './verify';

const PATH = '/wc-auth/v1/verify';
const IN_USE = 1_000;
const FIRST_USES = 1_000;
/** Requests of each kind, for the latencies. */
const EACH = 500;

/**
 * Measures what first uses of imported keys cost other keys, and how much longer their own answers
 * take.
 */
export async function importedFigures({ folder, rounds, seconds }: Bench): Promise<Figure[]> {
  // In this order: keys in use, keys to be used once, imported keys.
  const once = rounds * FIRST_USES;
  const firstImported = IN_USE + once;
  const { file, env } = await seed(folder, 'imported', firstImported + once + EACH + 1);
  takeDigests(file, firstImported);
  const server = await start('dist/server/main.js', { ...env, FAILED_KEYS_PER_ADDRESS: '1000000000' });
  const inUse = join(folder, 'in-use.txt');

  /** Loads the server with the keys in use while each of these keys is used once. */
  async function loadWhileUsed(from: number): Promise<Round> {
    const requests = Array.from({ length: FIRST_USES }, (_, n) => right(from + n));
    const [round] = await Promise.all([
      load(server, { seconds, path: PATH, script: ['basic.lua', inUse] }),
      sendOneByOne(server, PATH, requests, seconds * 0.8),
    ]);
    if (round.rejected > 0) throw new Error(`${round.rejected} requests failed`);
    return round;
  }
  await load(server, { seconds: 1, path: PATH, script: ['basic.lua', inUse] });
  const seen: { readonly without: Round; readonly during: Round }[] = [];
  for (let n = 0; n < rounds; n++) {
    const [others, imported] = [IN_USE, firstImported].map((from) => from + n * FIRST_USES) as [
      number,
      number,
    ];
    // The two change places, so that a machine that slows down favors neither.
    const first = await loadWhileUsed(n % 2 === 0 ? others : imported);
    const second = await loadWhileUsed(n % 2 === 0 ? imported : others);
    seen.push(n % 2 === 0 ? { without: first, during: second } : { without: second, during: first });
  }
  const ratio = (of: 'rate' | 'cpuMicros') =>
    median(seen.map(({ without, during }) => during[of] / without[of]));
  const latency = await latencies(server, firstImported + once);
  await server.stop();
  if (keysWithoutDigest(file) > 1) throw new Error('not every first use was written');
  const micros = Object.entries(latency).map(([name, value]) => `${name} ${value.toFixed(0)} µs`);
  console.error(`answers on one connection: ${micros.join(', ')}`);
  return [
    atLeast('verify, 1,000 keys in use, during 1,000 first uses of imported keys / none', ratio('rate'), 0.9),
    atMost('CPU per request, the same', ratio('cpuMicros'), 1.15),
    atMost(
      'answer to a wrong secret of an imported key without digest / of another key',
      latency['wrong secret, imported'] / latency['wrong secret'],
      1.5,
    ),
  ];
}

/** Returns the median microseconds of each kind of request. They take turns. */
async function latencies(server: Subject, firstImported: number) {
  const neverUsed = firstImported + EACH;
  const kinds = {
    'unknown key': () => ({ ...wrong(0), authorization: basic(`ck_${'0'.repeat(40)}`, 'x') }),
    'wrong secret': () => wrong(0),
    'wrong secret, imported': () => wrong(neverUsed),
    'right key': () => right(0),
    'right key, imported, first use': (n: number) => right(firstImported + n),
  } satisfies Record<string, (n: number) => Sent>;
  const all = Object.values(kinds);
  const requests = Array.from({ length: EACH }, (_, n) => all.map((kind) => kind(n))).flat();
  const times = await sendOneByOne(server, PATH, requests);
  const of = (kind: number) => median(times.filter((_, at) => at % all.length === kind));
  return Object.fromEntries(Object.keys(kinds).map((name, kind) => [name, of(kind)])) as Record<
    keyof typeof kinds,
    number
  >;
}

const basic = (key: string, secret: string) => `Basic ${Buffer.from(`${key}:${secret}`).toString('base64')}`;

function right(n: number): Sent {
  const { consumerKey, consumerSecret } = pairOf(n);
  return { authorization: basic(consumerKey, consumerSecret), status: 200 };
}

const wrong = (n: number): Sent => ({
  authorization: basic(pairOf(n).consumerKey, `cs_${'0'.repeat(40)}`),
  status: 401,
});

/** Makes keys look as an import leaves them. */
function takeDigests(file: string, from: number): void {
  const connection = new Sqlite(file);
  connection.exec(
    `insert into import_sources (name, first_import_at, last_import_at) values ('bench', 0, 0);
     update consumer_keys set pair_digest = '', import_source_id = 1 where key_id > ${from}`,
  );
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}

function keysWithoutDigest(file: string): number {
  const connection = new Sqlite(file, { readonly: true });
  const { count } = connection
    .prepare(`select count(*) as count from consumer_keys where pair_digest = ''`)
    .get() as { count: number };
  connection.close();
  return count;
}
