import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { basicHeader } from '../support/scenes/rest-scene';
import { oauthHeader, query, signed } from '../unit/oauth-fixtures';
import { FORM, routeOf, type Ask } from './ask';
import { STORE_ORIGIN } from './scene';

const REST = '/wp-json/wc/v3/products';
const SECURE = ['X-Forwarded-Proto', 'https'] as const;

type Request = readonly [method: string, target: string, headers?: Ask['headers'], body?: string];

/** The number of keys that {@link apiRequests} takes: one for each request. */
export const API_KEYS = 24;

/**
 * Returns the requests of apps: every form of a credential at every endpoint, and every way to
 * revoke a key.
 */
export function apiRequests(keys: readonly IssuedKey[]): readonly Ask[] {
  return keys.flatMap((key, index) => {
    const request = requestsWith(key)[index];
    if (!request) return [];
    const [method, target, headers = [], body = ''] = request;
    return { route: `${method} ${routeOf(target)}`, method, target, headers, body };
  });
}

function requestsWith(key: IssuedKey): readonly Request[] {
  const { consumerKey, consumerSecret } = key;
  const pair = query([
    ['consumer_key', consumerKey],
    ['consumer_secret', consumerSecret],
  ]);
  const basic = basicHeader(key);
  const bearer = ['Authorization', `Bearer ${consumerKey}.${consumerSecret}`] as const;
  const timestamp = Math.floor(Date.now() / 1000);
  const signing = (method: string, params: readonly (readonly [string, string])[] = []) =>
    signed({ url: STORE_ORIGIN + REST, key: consumerKey, secret: consumerSecret, timestamp, method, params });
  const form = [
    ['name', 'Tea'],
    ['tags[]', 'green'],
  ] as const;
  const asForm = ['Content-Type', FORM] as const;
  const asJson = ['Content-Type', 'application/json'] as const;
  const verify = (target: string, method = 'GET') =>
    [SECURE, ['X-Forwarded-Method', method], ['X-Forwarded-Uri', target]] as const;

  return [
    ['GET', '/wp-json/'],
    ['GET', '/wp-json/wc/v3', [SECURE, basic]],
    ['GET', `${REST}?per_page=10`, [SECURE, basic]],
    ['GET', `${REST}?${pair}&per_page=10`, [SECURE]],
    ['POST', REST, [SECURE, basic, asJson], '{"name":"Tea"}'],
    ['PUT', `${REST}/1`, [SECURE, basic, asForm, ['X-HTTP-Method-Override', 'PATCH']], query(form)],
    ['DELETE', `${REST}/1?force=true&_method=DELETE`, [SECURE, basic]],
    ['OPTIONS', REST, [SECURE]],
    ['GET', `${REST}?${query(signing('GET'))}`],
    ['GET', REST, [['Authorization', oauthHeader(signing('GET'))]]],
    ['POST', `${REST}?${query(signing('POST', form))}`, [asForm], query(form)],
    ['POST', REST, [asForm], query([...form, ...signing('POST', form)])],
    ['GET', '/wc-auth/v1/verify', [...verify(`${REST}?a=1`), basic]],
    ['GET', '/wc-auth/v1/verify', verify(`${REST}?${pair}`, 'DELETE')],
    ['GET', '/wc-auth/v1/verify', verify(`${REST}?${query(signing('GET'))}`)],
    ['POST', '/wc-auth/v1/revoke', [SECURE, basic, asJson], `{"token":"${consumerKey.replace(/.$/, 'x')}"}`],
    [
      'POST',
      '/wc-auth/v1/revoke',
      [SECURE, asForm],
      `client_id=${consumerKey}&client_secret=${consumerSecret}&token=ck_0&token_type_hint=access_token`,
    ],
    ['POST', '/wc-auth/v1/revoke', [SECURE, asForm], `${pair}&token=ck_${'0'.repeat(40)}`],
    ['POST', '/wc-auth/v1/revoke', [SECURE, bearer, asJson], '{"hint":"none","channel_id":"x","key_id":1}'],
    ['POST', '/auth/logout', [SECURE, bearer, asJson], '{"token":"ck_0"}'],
    [
      'GET',
      '/shopper/auth/v1/organizations/org/oauth2/logout?client_id=x&refresh_token=ck_0&channel_id=y&hint=z',
      [SECURE, bearer],
    ],
    [
      'POST',
      '/shopper/auth/v1/organizations/org/oauth2/logout',
      [SECURE, bearer, asForm],
      'refresh_token=ck_0',
    ],
  ];
}
