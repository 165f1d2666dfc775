/**
 * `npm run fuzz [-- --requests N --seed S]`: sends known-good requests for all routes, changed at
 * random, to a real server process. Ends with one line `N passed, M failed`, and with exit code 1
 * if anything failed.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { bytesOf, withHeader, type Ask } from './ask';
import { complaintOf } from './judge';
import { knownGood } from './known-good';
import { mutate } from './mutate';
import { seeded } from './random';
import { setScene, type Scene } from './scene';
import { hangUp, send, sendRaw, type Reply } from './send';
import { tally } from './tally';
import { tangle } from './wire';

const AT_ONCE = 8;
const BATCH = 500;
const DEADLINE_MS = 10_000;
/** A process grows until its caches are full. Growth after that would be a leak. */
const GROWTH_MAX_MIB = 96;

interface Failure {
  readonly ask?: Ask;
  readonly complaint: string;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { requests: { type: 'string' }, seed: { type: 'string' } } });
  const requests = Number(values.requests ?? 100_000);
  const seed = Number(values.seed ?? randomInt(1_000_000));
  console.log(`${requests} requests, seed ${seed}`);
  const scene = await setScene();
  const counts = tally();
  try {
    const failures = await fuzz(scene, { requests, seed }, counts);
    console.log(counts.table());
    const passed = Math.max(0, requests - failures);
    console.log(`${passed} passed, ${failures} failed`);
    return failures === 0 && passed > 0 ? 0 : 1;
  } finally {
    hangUp();
    await scene.close();
  }
}

async function fuzz(
  scene: Scene,
  { requests, seed }: { requests: number; seed: number },
  counts: ReturnType<typeof tally>,
): Promise<number> {
  const { server } = scene;
  const started = performance.now();
  let failures = 0;
  let heard = 0;
  let warm = 0;
  let witness = await scene.key(await scene.account('witness'));
  const fail = ({ ask, complaint }: Failure) => {
    failures += 1;
    console.log(`FAILED ${ask?.route ?? ''} ${complaint}`);
    if (ask) console.log(`  replay: ${JSON.stringify(bytesOf(ask).toString('latin1').slice(0, 4_000))}`);
  };

  for (let first = 0; first < requests; first += BATCH) {
    const good = await knownGood(scene);
    // A user who may manage every key may have revoked or changed this one, too.
    if (!(await scene.hasKey(witness))) witness = await scene.key(await scene.account('witness'));
    const last = Math.min(first + BATCH, requests);
    let next = first;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        while (next < last) {
          const random = seeded(seed, next++);
          const from = withHeader(random.pick(good), 'X-Forwarded-For', `203.0.113.${random.below(256)}`);
          const mutant = mutate(from, random);
          const raw = random.chance(0.4);
          const ask = raw && random.chance(0.4) ? tangle(mutant, random) : mutant;
          const reply = await inTime((raw ? sendRaw : send)(server.url, ask));
          const complaint = typeof reply === 'string' ? reply : complaintOf(ask, reply);
          counts.add(ask.route, typeof reply === 'string' ? 0 : reply.status);
          if (complaint !== undefined) fail({ ask, complaint });
        }
      }),
    );
    for (; heard < server.complaints.length; heard++)
      fail({ complaint: `the server's log: ${server.complaints[heard]}` });
    if (!server.isAlive()) break;
    // An administrator may also have disabled the owner or changed the role, so this restores both.
    await scene.account('witness');
    if ((await scene.hasKey(witness)) && !(await scene.verifies(witness)))
      fail({ complaint: 'a good key is rejected' });
    const memory = server.memory();
    if (last <= Math.max(BATCH, requests / 3)) warm = Math.max(warm, memory);
    const rate = last / ((performance.now() - started) / 1000);
    console.log(`${last} sent, ${failures} failed, ${memory.toFixed(0)} MiB, ${rate.toFixed(0)} a second`);
  }
  if (!server.isAlive()) fail({ complaint: 'the server has ended' });
  else {
    const grown = server.memory() - warm;
    console.log(
      `memory: ${warm.toFixed(0)} MiB after the first third, ${grown.toFixed(0)} MiB more at the end`,
    );
    if (grown > GROWTH_MAX_MIB) fail({ complaint: `memory has grown by ${grown.toFixed(0)} MiB` });
  }
  return failures;
}

/** Returns the reply, or a text that says why there is none. */
function inTime(reply: Promise<Reply>): Promise<Reply | string> {
  return new Promise((resolve) => {
    const deadline = setTimeout(resolve, DEADLINE_MS, `no answer within ${DEADLINE_MS / 1000} s`);
    reply
      .then(resolve, (error: unknown) => resolve(`no answer that can be read: ${String(error)}`))
      .finally(() => {
        clearTimeout(deadline);
      });
  });
}

main().then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
