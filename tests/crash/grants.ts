import { ask, approve, openConsent, deny } from '../support/scenes/grant-scene';
import type { Behavior, Received } from '../support/http/https-receiver';
import type { AppBehavior, GrantAttempt } from './ledger';
import { pause, type Scene } from './scene';
import { answered, at, expectStatus, fateOf, Unexpected } from './store-client';
import { CutOff, isConnectionLost } from './cut-off';

const BEHAVIORS: readonly AppBehavior[] = [
  ...Array<AppBehavior>(5).fill('accepts'),
  'accepts late',
  'accepts late',
  'uses it first',
  'rejects',
  'rejects',
  'never answers',
];
const LATE_MS = 150;

/** The number of grants asked for in this process, because each grant has its own URL. */
let asked = 0;

/**
 * Approves as a manager, and records in the ledger what the app received and what the browser was
 * told.
 */
export async function grantSomething(scene: Scene): Promise<void> {
  const { url, ledger, random, apps } = scene;
  const replaces = random.chance(0.15) ? ledger.take(random) : undefined;
  const manager = at(url, replaces?.manager ?? random.pick(scene.managers));
  const behavior = random.pick(BEHAVIORS);
  // The store tells the keys of one app apart by the app's name for the merchant. A replaced key
  // has the same name.
  asked += 1;
  const path = `/cb/${asked}`;
  const callback_url = apps.url(path);
  const user_id = replaces?.appUserId ?? `merchant ${asked}`;
  const scope = random.chance(0.3) ? 'read' : 'read_write';
  const consent = await opened(openConsent(manager, ask({ callback_url, user_id, scope })));
  const attempt: GrantAttempt = {
    callbackUrl: callback_url,
    permissions: scope,
    appUserId: user_id,
    manager,
    behavior,
    consent,
    replaces,
    overlap: random.chance(0.5) ? '0' : '1',
    told: 'nothing',
  };
  apps.program(behaves(attempt, scene), path);
  if (replaces && attempt.overlap === '1') {
    replaces.replaced.asked += 1;
    ledger.count('grants: that let a key end');
  } else if (replaces) {
    replaces.revoking = true;
    replaces.current.may = ['works', 'dead'];
    ledger.count('grants: that replace a key');
  }
  ledger.since.grants.push(attempt);
  ledger.count('grants: Approve pressed');
  const answer = await answered(approve(manager, consent, replaces ? [replaces.keyId] : [], attempt.overlap));
  if (answer.status === 302 && answer.location.includes('success=1')) {
    attempt.told = 'granted';
    ledger.count('grants: delivered');
    if (replaces && attempt.overlap === '1') {
      replaces.replaced.answered += 1;
      ledger.giveBack(replaces);
    }
    if (!attempt.received) throw new Unexpected('a grant succeeded that no app has heard of');
    ledger.giveBack(ledger.newKey(attempt, attempt.received));
  } else {
    expectStatus(answer, 401, 'Approve');
    attempt.told = 'failed';
    ledger.count('grants: callback rejected');
  }
}

/** Denies a request, which is a decision as well. */
export async function denySomething(scene: Scene): Promise<void> {
  const manager = at(scene.url, scene.random.pick(scene.managers));
  const app_name = `Denied ${(asked += 1)}`;
  const consent = await opened(openConsent(manager, ask({ app_name, callback_url: scene.apps.url() })));
  const denial = { appName: app_name, told: false };
  scene.ledger.since.denials.push(denial);
  expectStatus(await answered(deny(manager, consent)), 302, 'Deny');
  denial.told = true;
  scene.ledger.count('grants: denied');
}

/** @throws CutOff */
async function opened<T>(opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (error) {
    throw isConnectionLost(error) ? new CutOff() : error;
  }
}

function behaves(attempt: GrantAttempt, { url, random, failures }: Scene): Behavior {
  return {
    ...(attempt.behavior === 'rejects' ? { status: 500 } : {}),
    ...(attempt.behavior === 'never answers' ? { mode: 'hang' } : {}),
    async before({ body }: Received) {
      const fields = JSON.parse(body) as { key_id: number; consumer_key: string; consumer_secret: string };
      const pair = { consumerKey: fields.consumer_key, consumerSecret: fields.consumer_secret };
      if (attempt.received) failures.push(`the key ${fields.key_id} was sent twice`);
      attempt.received = { keyId: fields.key_id, pair };
      if (attempt.behavior === 'accepts late') await pause(random, LATE_MS);
      if (attempt.behavior !== 'uses it first') return;
      const fate = await fateOf(url, pair).catch((error: unknown) => (error as Error).name);
      if (fate !== 'works' && fate !== 'CutOff')
        failures.push(`the key ${fields.key_id}, its callback in flight: ${fate}`);
    },
  };
}
