import { httpBrowser } from '../support/http/http-browser';
import { signedTarget } from '../support/scenes/rest-scene';
import type { SignedUse } from './ledger';
import type { Scene } from './scene';
import { answered, Unexpected, verdictOf } from './store-client';

const SPENT = 'Invalid nonce - nonce has already been used.';

/** Sends a signed request unchanged, with the same nonce each time. @throws CutOff */
export async function sendSigned(url: string, { target }: Pick<SignedUse, 'target'>): Promise<string> {
  return verdictOf(await answered(httpBrowser(url).get(target)));
}

/**
 * Sends a request signed with OAuth 1.0a and, after its answer, a copy of it, because a nonce is
 * valid once.
 */
export async function signARequest({ url, ledger, random, failures }: Scene): Promise<void> {
  const key = ledger.take(random);
  if (!key) return;
  const timestamp = Math.floor(Date.now() / 1000);
  const target = signedTarget(key.current.pair, { timestamp });
  const use: SignedUse = { key, pair: key.current, target, accepted: false };
  ledger.since.uses.push(use);
  ledger.count('OAuth requests: sent');
  const verdict = await sendSigned(url, use);
  if (verdict !== 'accepted') throw new Unexpected(`a signed request was answered: ${verdict}`);
  use.accepted = true;
  ledger.count('OAuth requests: accepted');
  if (random.chance(0.2) && (await sendSigned(url, use)) !== SPENT)
    failures.push(`a nonce of key ${key.keyId} was good twice`);
  ledger.giveBack(key);
}

/**
 * Checks signed requests after a crash: one that was accepted before must be rejected now. Of a
 * request without an answer, at most one copy may be accepted, before or after. Returns what is
 * wrong.
 */
export async function replay(url: string, use: SignedUse): Promise<string | undefined> {
  const first = await sendSigned(url, use);
  if (use.accepted && first === 'accepted')
    return `a nonce of key ${use.key.keyId} was good again after a crash`;
  use.accepted = true;
  const second = await sendSigned(url, use);
  // A key that has ended is still there, and the nonce is checked before its end.
  const isThere = use.pair.may[0] !== 'dead' && use.pair === use.key.current;
  const right = isThere ? SPENT : 'Consumer key is invalid.';
  return second === right ? undefined : `a copy of a signed request was answered: ${second}`;
}
