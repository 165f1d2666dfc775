import { filled } from '../support/scenes/console-scene';
import type { KnownKey, Row } from './ledger';
import type { Scene } from './scene';
import { answered, at, expectStatus, fateOf, revokeByApp, Unexpected } from './store-client';

type Work = (scene: Scene, key: KnownKey) => Promise<void>;

/** Works with a key that no other client uses, and gives it back after the answer. */
export async function withKey(scene: Scene, work: Work): Promise<void> {
  const key = scene.ledger.take(scene.random);
  if (!key) return;
  await work(scene, key);
  if (!key.revoking) scene.ledger.giveBack(key);
}

/**
 * Records a revocation that was asked for and not answered: from here on both outcomes are
 * possible.
 */
function asksToEnd({ ledger }: Scene, key: KnownKey): void {
  key.revoking = true;
  key.current.may = ['works', 'dead'];
  ledger.count('revocations: asked');
}

async function isEnded({ url, ledger, failures }: Scene, key: KnownKey): Promise<void> {
  key.current.may = ['dead'];
  ledger.count('revocations: answered');
  if ((await fateOf(url, key.current.pair)) !== 'dead')
    failures.push(`key ${key.keyId} worked after its revocation was answered`);
}

export const revokeOverTheApi = (scene: Scene) =>
  withKey(scene, async (_, key) => {
    asksToEnd(scene, key);
    const answer = await revokeByApp(scene.url, key.current.pair);
    expectStatus(answer, 200, 'a revocation');
    await isEnded(scene, key);
  });

export const revokeAtTheConsole = (scene: Scene) =>
  withKey(scene, async ({ url, random, managers }, key) => {
    const manager = at(url, random.pick(managers));
    const page = await answered(manager.get(`/keys/revoke?key_id=${key.keyId}`));
    const { fields } = expectStatus(page, 200, 'the page that asks').form('key_id[]');
    asksToEnd(scene, key);
    expectStatus(await answered(manager.post('/keys/revoke', fields)), 303, 'a revocation at the console');
    await isEnded(scene, key);
  });

export const editAtTheConsole = (scene: Scene) =>
  withKey(scene, async ({ url, random, managers, ledger }, key) => {
    const manager = at(url, random.pick(managers));
    const page = await answered(manager.get(`/keys/${key.keyId}`));
    const shown = expectStatus(page, 200, "a key's page").form('shown_description');
    const before = key.rows.at(-1)!;
    const after: Row = {
      description: `Changed ${random.below(1e9)}`,
      permissions: random.chance(0.5) ? 'read' : before.permissions,
    };
    key.rows.push(after);
    key.changed.asked += 1;
    ledger.count('key edits: asked');
    // The parsed form has the value of the last radio button, so the chosen one is set here.
    const form = filled(shown, {
      description: after.description ?? '',
      permissions: after.permissions,
      password: '',
    });
    const answer = await answered(manager.post(`/keys/${key.keyId}`, form));
    expectStatus(answer, 303, 'an edit');
    key.rows = [after];
    key.changed.answered += 1;
    ledger.count('key edits: answered');
  });

export const regenerateAtTheConsole = (scene: Scene) =>
  withKey(scene, async ({ url, random, managers, ledger }, key) => {
    if (key.replaced.asked > 0) return;
    const manager = at(url, random.pick(managers));
    const path = `/keys/${key.keyId}/replace`;
    const { fields } = expectStatus(await answered(manager.get(path)), 200, 'the page that asks').form(
      'truncated_key',
    );
    const former = key.current;
    former.may = ['works', 'dead'];
    key.regenerated.asked += 1;
    ledger.count('regenerations: asked');
    const atOnce = { ...fields, overlap: '0' };
    const { body } = expectStatus(await answered(manager.post(path, atOnce)), 200, 'a regeneration');
    const consumerKey = /ck_[0-9a-f]{40}/.exec(body)?.[0];
    const consumerSecret = /cs_[0-9a-f]{40}/.exec(body)?.[0];
    if (consumerKey === undefined || consumerSecret === undefined) throw new Unexpected('no new pair');
    former.may = ['dead'];
    ledger.former.push(former);
    key.current = { pair: { consumerKey, consumerSecret }, may: ['works'] };
    key.regenerated.answered += 1;
    ledger.count('regenerations: answered');
  });

export const callTheApi = (scene: Scene) =>
  withKey(scene, async ({ url, ledger, failures }, key) => {
    const fate = await fateOf(url, key.current.pair);
    ledger.count('Basic requests: answered');
    if (fate !== 'works') failures.push(`key ${key.keyId} was rejected`);
  });
