import { setTimeout as wait } from 'node:timers/promises';
import type { KnownKey } from './ledger';
import { withKey } from './key-work';
import type { Scene } from './scene';
import { answered, at, expectStatus, fateOf, Unexpected } from './store-client';

const ENDS_WITHIN_MS = 200;

/** Replaces a key with an overlap of a day: both keys work, and the old one has an end. */
export const replaceAtTheConsole = (scene: Scene) =>
  withKey(scene, async ({ url, random, managers, ledger }, key) => {
    if (key.replaced.asked > 0) return;
    const manager = at(url, random.pick(managers));
    const path = `/keys/${key.keyId}/replace`;
    const page = expectStatus(await answered(manager.get(path)), 200, 'the page that asks');
    key.replaced.asked += 1;
    ledger.count('replacements: asked');
    const fields = { ...page.form('truncated_key').fields, overlap: '1' };
    const { body } = expectStatus(await answered(manager.post(path, fields)), 200, 'a replacement');
    const consumerKey = /ck_[0-9a-f]{40}/.exec(body)?.[0];
    const consumerSecret = /cs_[0-9a-f]{40}/.exec(body)?.[0];
    const keyId = Number(/href="[^"]*\/keys\/(\d+)"[^>]*>I have copied both/.exec(body)?.[1]);
    if (consumerKey === undefined || consumerSecret === undefined || !keyId)
      throw new Unexpected('no new pair');
    key.replaced.answered += 1;
    ledger.count('replacements: answered');
    const made = ledger.newKey(
      { permissions: key.rows.at(-1)!.permissions, appUserId: key.appUserId, manager: key.manager },
      { keyId, pair: { consumerKey, consumerSecret } },
    );
    ledger.giveBack(made);
  });

/** Gives a key an end that comes soon, as the command line does, and uses it afterwards. */
export async function letAKeyEnd(scene: Scene): Promise<void> {
  const { ledger, random, administration } = scene;
  const key = ledger.take(random);
  if (!key) return;
  const { consumerKeys, users, keyAdministration } = administration;
  const found = await consumerKeys.find(key.keyId);
  const owner = found && (await users.find(found.userId));
  if (!owner) throw new Unexpected(`key ${key.keyId} is gone`);
  const expiresAt = Date.now() + Math.round(random.between(20, ENDS_WITHIN_MS));
  const to = { ...found, owner, limits: { ...found.limits, expiresAt } };
  const outcome = await keyAdministration.change(found, owner, to, { how: 'command line' });
  // The server may be making a change that it died with.
  if (outcome !== 'changed') throw new Unexpected(`key ${key.keyId} was ${outcome}`);
  key.changed.asked += 1;
  key.changed.answered += 1;
  key.endsAt = expiresAt;
  ledger.count('ends: set');
  await untilItEnded(key);
  const fate = await fateOf(scene.url, key.current.pair);
  if (fate !== 'expired') scene.failures.push(`key ${key.keyId} ${fate} after its end`);
  ledger.count('ends: seen');
}

export const untilItEnded = ({ endsAt = 0 }: KnownKey): Promise<unknown> =>
  wait(Math.max(0, endsAt - Date.now() + 1));
