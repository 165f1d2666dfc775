// Signs requests with OAuth 1.0a (RFC 5849 section 3.4). Options make a signature wrong on purpose.
import { createHmac, randomBytes } from 'node:crypto';

export const enc = (s) =>
  encodeURIComponent(s).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());
export const nonce = () => randomBytes(16).toString('hex');
export const now = () => Math.floor(Date.now() / 1000);

export const baseString = (method, url, params) => {
  const pairs = params
    .map(([k, v]) => [enc(k), enc(v)])
    .sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0));
  return `${method.toUpperCase()}&${enc(url)}&${enc(pairs.map((p) => p.join('=')).join('&'))}`;
};
export const sign = (alg, base, secret) =>
  createHmac(alg === 'HMAC-SHA256' ? 'sha256' : 'sha1', secret + '&')
    .update(base)
    .digest('base64');

// `params` are the request's own parameters that are signed, as [name, value].
export function oauthParams({
  method = 'GET',
  url,
  params = [],
  key,
  secret,
  alg = 'HMAC-SHA1',
  timestamp = now(),
  nonceValue = nonce(),
  version,
  set = {},
  omit = [],
  signSecret,
  signParams,
}) {
  let o = [
    ['oauth_consumer_key', key],
    ['oauth_nonce', nonceValue],
    ['oauth_signature_method', alg],
    ['oauth_timestamp', String(timestamp)],
  ];
  if (version) o.push(['oauth_version', version]);
  for (const [k, v] of Object.entries(set)) {
    const i = o.findIndex((x) => x[0] === k);
    if (i >= 0) o[i] = [k, v];
    else o.push([k, v]);
  }
  o = o.filter(([k]) => !omit.includes(k));
  let signature = sign(alg, baseString(method, url, [...(signParams ?? params), ...o]), signSecret ?? secret);
  if ('oauth_signature' in set) signature = set.oauth_signature;
  o = o.filter(([k]) => k !== 'oauth_signature');
  if (!omit.includes('oauth_signature')) o.push(['oauth_signature', signature]);
  return o;
}
export const query = (pairs) => pairs.map(([k, v]) => `${enc(k)}=${enc(v)}`).join('&');
export const header = (pairs, realm) =>
  'OAuth ' +
  [
    ...(realm !== undefined ? [`realm="${realm}"`] : []),
    ...pairs.map(([k, v]) => `${enc(k)}="${enc(v)}"`),
  ].join(', ');
