import { httpBrowser, type Answer, type HttpBrowser } from '../support/http/http-browser';
import { basicHeader } from '../support/scenes/rest-scene';
import { CutOff, isConnectionLost } from './cut-off';
import type { Fate, Pair } from './ledger';

const REST = '/wp-json/wc/v3/products';

/** An answer that neither the protocol nor a crash explains. */
export class Unexpected extends Error {
  override readonly name = 'Unexpected';
}

/**
 * Returns a complete answer. An answer that the server's death interrupted does not count. @throws
 * CutOff
 */
export async function answered(asking: Promise<Answer>): Promise<Answer> {
  try {
    return await asking;
  } catch (error) {
    throw isConnectionLost(error) ? new CutOff() : error;
  }
}

const viaTls = { 'x-forwarded-proto': 'https' };

/**
 * Calls the API with a pair. An accepted key gets 404, because there is no such route. @throws
 * CutOff
 */
export async function fateOf(url: string, pair: Pair): Promise<Fate> {
  const [, authorization] = basicHeader(pair);
  const answer = await answered(httpBrowser(url).get(REST, { ...viaTls, authorization }));
  const verdict = verdictOf(answer);
  if (verdict === 'accepted') return 'works';
  if (verdict === 'Consumer key is invalid.') return 'dead';
  if (verdict === 'Consumer key has expired.') return 'expired';
  throw new Unexpected(`a key was answered ${answer.status} ${verdict}`);
}

/** Returns `accepted`, or the message of the rejection. */
export function verdictOf(answer: Answer): string {
  const { code, message } = answer.json();
  return answer.status === 404 && code === 'rest_no_route' ? 'accepted' : String(message);
}

/** Revokes a key as its app. */
export function revokeByApp(url: string, pair: Pair): Promise<Answer> {
  const [, authorization] = basicHeader(pair);
  return answered(
    httpBrowser(url).send('POST', '/wc-auth/v1/revoke', { headers: { ...viaTls, authorization } }),
  );
}

/** Returns the same signed-in browser at the current URL of the store. */
export const at = (url: string, browser: HttpBrowser): HttpBrowser => httpBrowser(url, browser.cookies);

/** @throws Unexpected */
export function expectStatus(answer: Answer, status: number, what: string): Answer {
  if (answer.status !== status)
    throw new Unexpected(`${what} was answered ${answer.status}: ${answer.body.slice(0, 300)}`);
  return answer;
}
