import Sqlite from 'better-sqlite3';
import { approve, ask, openConsent } from '../support/scenes/grant-scene';
import type { Answer } from '../support/http/http-browser';
import { faultScene, type FaultScene } from '../support/scenes/fault-scene';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';

const CANNOT_CHECK = '503 The key cannot be checked now. Try again.';
const SUCCESS = 'https://app.example/done?success=1&user_id=42';

// A write waits for the lock for five seconds.
jest.setTimeout(60_000);

let scene: FaultScene;
let app: HttpsReceiver;
let other: Sqlite.Database;
beforeEach(async () => {
  [scene, app] = await Promise.all([faultScene(), startHttpsReceiver()]);
  other = new Sqlite(scene.store.file);
});
afterEach(async () => {
  other.close();
  await scene.close();
  await app.stop();
});

const lock = () => void other.exec('begin immediate');
const unlock = () => void other.exec('commit');

describe('a store whose write lock another process holds for too long', () => {
  test('verifies keys all the time, answers 503 to a revocation, and does both afterwards', async () => {
    lock();
    const answers: Answer[] = [];
    const revocation = scene.revoke(scene.key).then((answer) => answers.push(answer));
    let verified = 0;
    while (answers.length === 0) {
      const started = performance.now();
      expect(await scene.call(scene.key)).toBe('works');
      // SQLite's own wait would block it for the whole five seconds.
      expect(performance.now() - started).toBeLessThan(4_000);
      verified += 1;
    }
    expect(verified).toBeGreaterThan(10);
    await revocation;
    expect(answers[0]?.status).toBe(503);
    expect(Number(answers[0]?.headers['retry-after'])).toBeGreaterThan(0);
    unlock();
    expect(await scene.call(scene.key)).toBe('works');
    expect((await scene.revoke(scene.key)).status).toBe(200);
    expect(await scene.call(scene.key)).toBe('401 Consumer key is invalid.');
  });

  test('makes queued writes wait no longer than the first one', async () => {
    lock();
    const started = performance.now();
    const answers = await Promise.all(Array.from({ length: 8 }, () => scene.revoke(scene.key)));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(503));
    expect(performance.now() - started).toBeLessThan(25_000);
    unlock();
  });

  test('answers 503 to an Approve without a decision, and grants at a second press afterwards', async () => {
    const manager = await scene.store.signInByForm();
    const page = await openConsent(manager, ask({ callback_url: app.url() }));
    lock();
    expect((await approve(manager, page)).status).toBe(503);
    expect(app.received()).toHaveLength(0);
    unlock();
    expect((await approve(manager, page)).location).toBe(SUCCESS);
  });

  test('rejects a request whose nonce cannot be saved', async () => {
    const target = scene.signed();
    lock();
    expect(await scene.callSigned(target)).toBe(CANNOT_CHECK);
    unlock();
    expect(await scene.callSigned(target)).toBe('works');
  });
});

test('waits for a lock that is released in time', async () => {
  lock();
  const revocation = scene.revoke(scene.key);
  // On the same event loop: by this answer the revocation has found the lock held.
  expect(await scene.call(scene.key)).toBe('works');
  unlock();
  expect((await revocation).status).toBe(200);
});

test('waits with a delivered grant for the lock for as long as its key verifies', async () => {
  const manager = await scene.store.signInByForm();
  const page = await openConsent(manager, ask({ callback_url: app.url() }));
  app.program({ before: lock });
  const gaveUp = new Promise((resolve) => scene.store.database.knex.once('query-error', resolve));
  const answer = approve(manager, page);
  await gaveUp;
  unlock();
  expect((await answer).location).toBe(SUCCESS);
  expect(await scene.store.app.audit.list(1)).toMatchObject([{ event: 'grant.approved' }]);
});
