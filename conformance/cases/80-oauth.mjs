// Requests signed with OAuth 1.0a (one-legged).
import { enc, query } from '../lib/oauth.mjs';
const cases = [];
const P = '/wp-json/wc/v3/products';
const add = (id, title, run, needs) => cases.push({ id, title, run, needs });
const o = (id, title, opts, perm = 'read_write', who = 'manager') =>
  add(
    id,
    title,
    async (t) => {
      const k = await t.key(perm, who);
      return t.oauth({ k, ...(typeof opts === 'function' ? await opts(t, k) : opts) });
    },
    who === 'manager' ? undefined : ['hook'],
  );

for (const alg of ['HMAC-SHA1', 'HMAC-SHA256']) {
  for (const place of ['query', 'header'])
    for (const base of ['http', 'https'])
      o(`good/${alg}/${place}/${base}`, `${alg}, oauth parameters in the ${place}, over ${base}`, {
        alg,
        place,
        base,
      });
  o(`good/${alg}/body/http`, `${alg}, POST, everything in a form body`, {
    alg,
    place: 'body',
    method: 'POST',
    params: [['name', '']],
  });
}
o('good/version-1.0', 'with oauth_version=1.0', { version: '1.0' });
o('good/index', 'the namespace index', { path: '/wp-json/wc/v3/' });
for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST'])
  for (const perm of ['read', 'write', 'read_write'])
    o(
      `method/${perm}/${method}`,
      `${method} with a ${perm} key (JSON body not signed)`,
      {
        method,
        path: method === 'GET' || method === 'HEAD' || method === 'OPTIONS' ? P : `${P}/999999`,
        body: ['POST', 'PUT', 'PATCH'].includes(method) ? '{"name":"x"}' : undefined,
        headers: ['POST', 'PUT', 'PATCH'].includes(method) ? { 'content-type': 'application/json' } : {},
      },
      perm,
    );

const five = [
  'oauth_consumer_key',
  'oauth_timestamp',
  'oauth_nonce',
  'oauth_signature',
  'oauth_signature_method',
];
for (const n of five) {
  o(`missing/${n}`, `without ${n}`, { omit: [n] });
  o(`empty/${n}`, `${n} empty`, { set: { [n]: '' } });
  o(`zero/${n}`, `${n} is 0`, { set: { [n]: '0' } });
}
o('missing/two', 'without timestamp and nonce', { omit: ['oauth_timestamp', 'oauth_nonce'] });
o('missing/three', 'without timestamp, nonce and signature', {
  omit: ['oauth_timestamp', 'oauth_nonce', 'oauth_signature'],
});
o('missing/header-place', 'without nonce, in the header', { place: 'header', omit: ['oauth_nonce'] });
o('missing/https', 'without nonce, over https', { base: 'https', omit: ['oauth_nonce'] });
o('unsupported/PLAINTEXT', 'PLAINTEXT', (t, k) => ({
  alg: 'PLAINTEXT',
  set: { oauth_signature: `${k.secret}&` },
}));
o('unsupported/HMAC-SHA512', 'HMAC-SHA512', { alg: 'HMAC-SHA512' });
o('wrong/key', 'an unknown consumer key', { set: { oauth_consumer_key: 'ck_' + '0'.repeat(40) } });
o('wrong/secret', 'signed with another secret', { signSecret: 'cs_wrong' });
o('wrong/signature-text', 'a signature that is not base64', { set: { oauth_signature: 'nonsense' } });
o('wrong/parameter-added', 'a parameter added after signing', { rawQuery: 'per_page=1' });
o('wrong/parameter-changed', 'a parameter changed after signing', {
  params: [['per_page', '1']],
  rawQuery: 'per_page=2',
});
o('wrong/signed-https-sent-http', 'signed for https, sent over http', { signBase: 'https' });
o('wrong/signed-other-path', 'signed with a trailing slash, sent without', (t) => ({
  signUrl: t.target.httpBase + P + '/',
}));
o('wrong/signature-and-timestamp', 'bad signature and bad timestamp: which is named', {
  signSecret: 'cs_wrong',
  timestamp: 1,
});
o('wrong/timestamp-and-nonce', 'bad timestamp and a nonce used before: which is named', async (t, k) => {
  await t.oauth({ k, nonceValue: 'again' });
  return { nonceValue: 'again', timestamp: 1 };
});

// Timestamps.
const ts = (id, title, make) =>
  o(`timestamp/${id}`, title, async (t) => {
    const n = await t.tick();
    return { timestamp: make(n) };
  });
ts('now', 'now', (n) => n);
ts('past-15m00s', '15 min ago', (n) => n - 900);
ts('past-15m01s', '15 min 1 s ago', (n) => n - 901);
ts('future-14m59s', 'in 14 min 59 s', (n) => n + 899);
ts('future-15m01s', 'in 15 min 1 s', (n) => n + 901);
ts('letters', 'letters', () => 'abc');
ts('letters-behind', 'now with letters behind', (n) => `${n}abc`);
ts('fraction', 'now with a fraction', (n) => `${n}.5`);
ts('milliseconds', 'milliseconds', (n) => `${n}000`);
ts('space-behind', 'a space behind', (n) => `${n} `);
ts('plus', 'a plus sign before', (n) => `+${n}`);
ts('exponent', 'written with an exponent', (n) => `${(n / 1e9).toFixed(9)}e9`);
ts('leading-zero', 'a leading zero', (n) => `0${n}`);
o('timestamp/array', 'oauth_timestamp[]', async (t, k) => {
  const p = t.oauthLib
    .oauthParams({ url: t.target.httpBase + P, key: k.key, secret: k.secret })
    .map(([n, v]) => [n === 'oauth_timestamp' ? 'oauth_timestamp[0]' : n, v]);
  const base = t.oauthLib.baseString(
    'GET',
    t.target.httpBase + P,
    p.filter(([n]) => n !== 'oauth_signature'),
  );
  return {
    place: 'none',
    path: `${P}?${query(p.map(([n, v]) => (n === 'oauth_signature' ? [n, t.oauthLib.sign('HMAC-SHA1', base, k.secret)] : [n, v])))}`,
  };
});

// Nonces.
const replay = (id, title, first, second, between) =>
  add(`nonce/${id}`, title, async (t) => {
    const k = await t.key();
    const n = t.oauthLib.now();
    const a = await t.oauth({ k, timestamp: n, nonceValue: 'nonce-a', ...first });
    for (const b of between ?? []) await t.oauth({ k, ...b(n) });
    const s = typeof second === 'function' ? second(n) : second;
    const b = await t.oauth({ k, timestamp: n, nonceValue: 'nonce-a', ...s });
    return { first: a.status, again: b };
  });
replay('replay', 'the same nonce and timestamp again', {}, {});
replay('replay-later-timestamp', 'the same nonce with a later timestamp', {}, (n) => ({ timestamp: n + 60 }));
replay('replay-after-other-same-second', 'replayed after another nonce of the same second', {}, {}, [
  (n) => ({ timestamp: n, nonceValue: 'nonce-b' }),
]);
replay('bad-signature-then-good', 'first with a bad signature, then right', { signSecret: 'cs_wrong' }, {});
replay(
  'forbidden-then-again',
  'first rejected for its permission (PROPFIND), then GET',
  { method: 'PROPFIND' },
  {},
);
add('nonce/exact-replay', 'the very same request sent twice', async (t) => {
  const k = await t.key();
  const a = await t.oauth({ k });
  const { pairs, ...r } = t.lastSigned;
  const b = await t.api(r);
  return { first: a.status, again: b };
});

// How the request's own parameters are encoded.
const p = (id, title, params, extra = {}) => {
  o(`encoding/${id}/query`, `${title}, oauth in the query`, { params, ...extra });
  o(`encoding/${id}/header`, `${title}, oauth in the header`, { params, place: 'header', ...extra });
};
p('space', 'a value with a space', [['search', 'a b']]);
p('space-as-plus', 'a space sent as +', [['search', 'a b']], { rawQuery: 'search=a+b' });
p('plus', 'a value with a plus', [['search', 'a+b']]);
p('unicode', 'a value in unicode', [['search', 'Zoë 日本 🚀']]);
p('reserved', 'reserved characters', [['search', "!*'();:@&=+$,/?#[]~-._"]]);
p('percent', 'a percent sign', [['search', '100%25']]);
p('nested', 'filter[period]=week', [['filter[period]', 'week']]);
p('list-empty-brackets', 'include[]=1&include[]=2 signed as written', [
  ['include[]', '1'],
  ['include[]', '2'],
]);
p(
  'list-signed-as-indexed',
  'include[]=1&include[]=2 signed as include[0], include[1]',
  [
    ['include[0]', '1'],
    ['include[1]', '2'],
  ],
  { rawQuery: 'include%5B%5D=1&include%5B%5D=2' },
);
p('list-indexed', 'include[0]=1&include[1]=2', [
  ['include[0]', '1'],
  ['include[1]', '2'],
]);
p('nested-space-key', 'a[b c]=1', [['a[b c]', '1']]);
p('duplicate', 'the same name twice, both signed', [
  ['search', 'a'],
  ['search', 'b'],
]);
p('duplicate-last-signed', 'the same name twice, only the last signed', [['search', 'b']], {
  rawQuery: 'search=a&search=b',
});
p('dot-in-name', 'a dot in a name', [['a.b', '1']]);
p('dot-signed-as-underscore', 'a dot in a name, signed as an underscore', [['a_b', '1']], {
  rawQuery: 'a.b=1',
});
p('unicode-name', 'a name in unicode', [['é', '1']]);
p('sort-case', 'names in capitals and small letters', [
  ['b', '1'],
  ['B', '2'],
  ['a', '3'],
  ['A', '4'],
]);
p('sort-prefix', 'a name that begins another', [
  ['per_page', '1'],
  ['per', 'x'],
  ['per-x', 'y'],
]);
p('sort-bracket-digit', 'a[c]=2&a1=1', [
  ['a[c]', '2'],
  ['a1', '1'],
]);
p('trailing-ampersand', 'a trailing &', [['per_page', '1']], { rawQuery: 'per_page=1&' });

// How the signature is sent, and what else is signed: the header, the body, the path.
o('signature/raw-plus', 'the + of the signature sent bare', async (t, k) => {
  let q;
  for (let i = 0; i < 200; i++) {
    const a = t.oauthLib.oauthParams({ url: t.target.httpBase + P, key: k.key, secret: k.secret });
    if (a.find(([n]) => n === 'oauth_signature')[1].includes('+')) {
      q = a.map(([n, v]) => `${n}=${n === 'oauth_signature' ? v : enc(v)}`).join('&');
      break;
    }
  }
  return { place: 'none', path: `${P}?${q}` };
});
o('signature/double-encoded', 'the signature percent-encoded twice', async (t, k) => {
  const a = t.oauthLib.oauthParams({ url: t.target.httpBase + P, key: k.key, secret: k.secret });
  return {
    place: 'none',
    path: `${P}?${query(a.map(([n, v]) => [n, n === 'oauth_signature' ? enc(v) : v]))}`,
  };
});
o('header/realm', 'header with realm', { place: 'header', realm: 'Store' });
o('header/realm-empty', 'header with an empty realm', { place: 'header', realm: '' });
const hd = (id, title, make) =>
  o(`header/${id}`, title, async (t, k) => {
    const a = t.oauthLib.oauthParams({ url: t.target.httpBase + P, key: k.key, secret: k.secret });
    return { place: 'none', headers: { authorization: make(a) } };
  });
hd(
  'lower-scheme',
  'scheme written oauth',
  (a) => 'oauth ' + a.map(([n, v]) => `${n}="${enc(v)}"`).join(', '),
);
hd(
  'no-space',
  'no space behind the commas',
  (a) => 'OAuth ' + a.map(([n, v]) => `${n}="${enc(v)}"`).join(','),
);
hd(
  'unquoted',
  'values without quote marks',
  (a) => 'OAuth ' + a.map(([n, v]) => `${n}=${enc(v)}`).join(', '),
);
hd(
  'unquoted-tight',
  'values without quote marks or spaces',
  (a) => 'OAuth ' + a.map(([n, v]) => `${n}=${enc(v)}`).join(','),
);
o('header/own-parameters-in-header', "the request's own parameter only in the header", {
  place: 'header',
  params: [['per_page', '1']],
  rawQuery: '',
});
o('header/beats-query', 'a good header and bad oauth parameters in the query', async (t, k) => {
  const a = t.oauthLib.oauthParams({ url: t.target.httpBase + P, key: k.key, secret: k.secret });
  return {
    place: 'none',
    path: `${P}?oauth_nonce=other&oauth_signature=bad`,
    headers: { authorization: t.oauthLib.header(a) },
  };
});
o('body/form-signed', 'POST, form body signed, oauth in the query', {
  method: 'POST',
  params: [['name', '']],
  rawQuery: '',
  body: 'name=',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
o('body/form-not-signed', 'POST, form body not signed, oauth in the query', {
  method: 'POST',
  body: 'name=',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
o('body/put-form-signed', 'PUT, form body signed', {
  method: 'PUT',
  path: `${P}/999999`,
  params: [['name', 'x']],
  rawQuery: '',
  body: 'name=x',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
o('body/put-form-not-signed', 'PUT, form body not signed', {
  method: 'PUT',
  path: `${P}/999999`,
  body: 'name=x',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
});
o('path/trailing-slash', 'trailing slash, signed as sent', { path: P + '/' });
o('path/upper-host-sent', 'Host header in capitals, signed in small letters', (t) => ({
  headers: { host: t.target.httpBase.replace(/^http:\/\//, '').toUpperCase() },
}));

o('owner/customer', "a customer's key", {}, 'read_write', 'shopper');
add(
  'owner/revoked',
  'a revoked key',
  async (t) => {
    const k = await t.key();
    await t.hook('keys.delete', { key_id: k.key_id });
    return t.oauth({ k });
  },
  ['hook'],
);
o(
  'mixed/https-basic-wrong-oauth-right',
  'over https: Basic with a wrong secret, oauth in the query right',
  (t, k) => ({ base: 'https', headers: t.basic(k.key, 'cs_wrong') }),
);
o('mixed/http-basic-and-oauth', 'over http: Basic header and oauth in the query', (t, k) => ({
  headers: t.basic(k.key, k.secret),
}));
export default cases;
