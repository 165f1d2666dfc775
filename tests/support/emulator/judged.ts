import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { judgeRequest, type Judgment } from '../../../emulator/woocommerce/judge-request';
import { nonceMemory } from '../../../emulator/woocommerce/nonce-memory';
import type { Verdict } from '../../../emulator/woocommerce/verdict';
import type { Permissions } from '../../../server/consumer-keys/consumer-key';
import { percentEncode, rawPairs } from '../../../server/http/php-params';

export const PAIR = {
  consumerKey: `ck_${'1'.repeat(40)}`,
  consumerSecret: `cs_${'2'.repeat(40)}`,
};
export const UNKNOWN = `ck_${'0'.repeat(40)}`;
export const ORIGIN = 'https://shop.example';
export const AE = 'woocommerce_rest_authentication_error';

export interface RequestToMake {
  readonly method?: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: string;
  readonly secure?: boolean;
  readonly ours: Verdict;
  /** What the key may do. `null`: the request names no key that exists. */
  readonly permissions?: Permissions | null;
}

/** Judges a request without sending it. */
export function judged({
  method = 'GET',
  target,
  headers = {},
  form,
  secure = true,
  ours,
  permissions = 'read_write',
}: RequestToMake): Judgment {
  const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const request = { method, url: target, headers: { host: 'shop.example', ...type, ...headers }, socket: {} };
  return judgeRequest({
    request: request as unknown as IncomingMessage,
    form,
    secure,
    storeUrl: { origin: secure ? ORIGIN : ORIGIN.replace('https', 'http'), basePath: '' },
    earlyError: () => undefined,
    nonces: nonceMemory(),
    ours,
    pair: permissions === null ? undefined : { ...PAIR, permissions },
  });
}

export const basic = (key: string, secret: string) => ({
  authorization: `Basic ${btoa(`${key}:${secret}`)}`,
});

export interface Signing {
  readonly method?: string;
  /** The URL that is signed. */
  readonly url: string;
  /** The query as sent. */
  readonly query?: string;
  readonly form?: string;
  readonly timestamp?: string;
}

/** Returns an Authorization header that is signed as RFC 5849 says. */
export function rfc5849Header({
  method = 'GET',
  url,
  query = '',
  form = '',
  timestamp = '1795233814',
}: Signing) {
  const own = [
    ['oauth_consumer_key', PAIR.consumerKey],
    ['oauth_nonce', 'n1'],
    ['oauth_signature_method', 'HMAC-SHA1'],
    ['oauth_timestamp', timestamp],
  ] as const;
  const pairs = [...rawPairs(query), ...rawPairs(form), ...own]
    .map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`)
    .sort();
  const base = `${method}&${percentEncode(url)}&${percentEncode(pairs.join('&'))}`;
  const signature = createHmac('sha1', `${PAIR.consumerSecret}&`).update(base, 'latin1').digest('base64');
  const all = [...own, ['oauth_signature', signature] as const];
  return {
    authorization: `OAuth ${all.map(([name, value]) => `${name}="${percentEncode(value)}"`).join(', ')}`,
  };
}
