// How clients address a route (protocol 3.0), and what else real clients need: indexes, CORS, ways to
// write a key, the return to the app. Each case has its own expectation. `wc` says what WooCommerce does
// if it differs; README.md names the version.
import {
  AE,
  accepted,
  anyRejection,
  noCredential,
  noRead,
  noWrite,
  plainHttp,
  refused,
  toLogin,
  unknownKey,
  wrongSecret,
} from '../rules.mjs';
import { pick } from '../lib/toolkit.mjs';
const SAME = 'the same';
const cases = [];
const add = (id, title, section, run, expect, wc = SAME, more = {}) =>
  cases.push({ id, title, section, run, expect, wc, only: 'ours', ...more });
const P = '/wp-json/wc/v3/products';
const JSON_BODY = { 'content-type': 'application/json' };

// Sends one request. Returns the verdict, the requests that reached the upstream, and whether they carried the credential.
const leaks = (h, k) => {
  const all = JSON.stringify([h.url, h.headers]);
  return (
    all.includes(k.key) ||
    all.includes(k.secret) ||
    /oauth_|consumer_|rest_route/.test(h.url) ||
    h.headers.authorization !== undefined
  );
};
const asked = (h) =>
  `${h.method} ${h.url.replace(/\?$/, '')}${/json/.test(h.headers['content-type'] ?? '') ? ' ' + h.body : ''}`;
const through = async (t, k, send) => {
  const from = t.upstream.hits.length;
  const answer = await send();
  const hits = t.upstream.hits.slice(from);
  return { answer, asked: hits.map(asked), leaks: hits.some((h) => leaks(h, k)) };
};
const passed = (...asked) => ({ answer: accepted, asked, leaks: false });
const stopped = (answer) => ({ answer, asked: [], leaks: false });
const plain = (id, title, section, make, expect, wc, perm) =>
  add(
    id,
    title,
    section,
    async (t) => {
      const k = await t.key(perm);
      const o = make(t, k);
      return through(t, k, () => t.api(o));
    },
    expect,
    wc,
  );
const signed = (id, title, make, expect, wc, perm) =>
  add(
    id,
    title,
    '3.0',
    async (t) => {
      const k = await t.key(perm);
      const o = typeof make === 'function' ? make(t, k) : make;
      return through(t, k, () => t.oauth({ k, ...o }));
    },
    expect,
    wc,
  );
const cred = (k) => `consumer_key=${k.key}&consumer_secret=${k.secret}`;
const noMatch = refused(AE, 'Invalid signature - provided signature does not match.');

// Leading slashes.
plain(
  'slashes/two-basic',
  '//wp-json/… with Basic',
  '3.0',
  (t, k) => ({ path: `/${P}?per_page=2`, headers: t.basic(k.key, k.secret) }),
  passed(`GET ${P}?per_page=2`),
);
plain(
  'slashes/three-query',
  '///wp-json/… with the key in the query',
  '3.0',
  (t, k) => ({ path: `//${P}?${cred(k)}&per_page=2` }),
  passed(`GET ${P}?per_page=2`),
);
plain(
  'slashes/four-post-json',
  '////wp-json/… posting JSON to a batch route',
  '3.0',
  (t, k) => ({
    method: 'POST',
    path: `///${P}/batch`,
    headers: { ...t.basic(k.key, k.secret), ...JSON_BODY },
    body: '{"create":[]}',
  }),
  passed(`POST ${P}/batch {"create":[]}`),
);
plain(
  'path/index-php',
  '/index.php/wp-json/…',
  '3.0',
  (t, k) => ({ path: `/index.php${P}?per_page=2`, headers: t.basic(k.key, k.secret) }),
  passed(`GET ${P}?per_page=2`),
);
plain(
  'slashes/two-none',
  '//wp-json/… without a key',
  '3.0',
  () => ({ path: `/${P}` }),
  stopped(noCredential),
);
signed(
  'slashes/two-oauth',
  '//wp-json/… signed as it is sent',
  { path: `/${P}`, params: [['per_page', '2']] },
  passed(`GET ${P}?per_page=2`),
  'rejects it: WordPress parses the first path segment as a host, so only a signature for /wc/v3/products matches',
);
const open = (id, title, route, expect, wc) =>
  add(
    id,
    title,
    '2.1',
    async (t) =>
      pick(t.facts(await t.send({ path: `${route}?${t.encode(t.defaults())}` })), [
        'status',
        'kind',
        'error',
        'location',
      ]),
    expect,
    wc,
  );
open('slashes/authorize', '//wc-auth/v1/authorize, not signed in', '//wc-auth/v1/authorize', toLogin());
open('slashes/login', '///wc-auth/v1/login', '///wc-auth/v1/login', { status: 200, kind: 'login' });
// Plays a whole grant, from `start` to Approve.
const grantAt = async (t, start, over = {}) => {
  const jar = await t.jar('manager');
  const app = t.cb();
  const page = await t.send({
    path: `${start}${start.includes('?') ? '&' : '?'}${t.encode(t.defaults({ callback_url: app.url, ...over }))}`,
    jar,
  });
  const approve = t.page(page).doc?.controls['wc-auth-approve'];
  return { page, approve, app, jar, done: approve && (await t.press(page, approve, jar)) };
};
add(
  'slashes/grant',
  'a whole grant that begins at //wc-auth/v1/authorize',
  '2.1',
  async (t) => {
    const { page, app, done } = await grantAt(t, '//wc-auth/v1/authorize');
    return {
      page: pick(t.facts(page), ['status', 'kind']),
      end: done && pick(t.facts(done), ['status', 'kind', 'location']),
      calls: app.received().length,
    };
  },
  {
    page: { status: 200, kind: 'grant' },
    end: {
      status: 302,
      kind: 'redirect',
      location: { to: 'https://app.example/return', query: ['success=1', 'user_id=42'] },
    },
    calls: 1,
  },
);
add(
  'slashes/revoke',
  'POST //wc-auth/v1/revoke',
  '2.1',
  async (t) => {
    const k = await t.key();
    const h = t.basic(k.key, k.secret);
    const r = await t.send({ method: 'POST', path: '//wc-auth/v1/revoke', headers: h });
    let j;
    try {
      j = JSON.parse(r.body);
    } catch {
      /* not JSON */
    }
    return {
      answered: r.status,
      revoked: j?.data?.revoked ?? null,
      afterwards: await t.api({ path: P, headers: h }),
    };
  },
  { answered: 200, revoked: 1, afterwards: unknownKey },
  'has no such route',
);

// rest_route.
const rr = (extra = []) => [['rest_route', '/wc/v3/products'], ...extra];
plain(
  'rest-route/basic',
  '/?rest_route=/wc/v3/products with Basic',
  '3.0',
  (t, k) => ({ path: '/?rest_route=/wc/v3/products&per_page=2', headers: t.basic(k.key, k.secret) }),
  passed(`GET ${P}?per_page=2`),
);
plain(
  'rest-route/query-encoded',
  '/?rest_route= percent-encoded, with the key in the query',
  '3.0',
  (t, k) => ({ path: `/?rest_route=%2Fwc%2Fv3%2Fproducts&${cred(k)}` }),
  passed(`GET ${P}`),
);
plain(
  'rest-route/index-php',
  '/index.php?…&rest_route=, after another parameter',
  '3.0',
  (t, k) => ({ path: '/index.php?per_page=2&rest_route=/wc/v3/products', headers: t.basic(k.key, k.secret) }),
  passed(`GET ${P}?per_page=2`),
);
plain(
  'rest-route/post-json',
  'posting JSON',
  '3.0',
  (t, k) => ({
    method: 'POST',
    path: '/?rest_route=/wc/v3/orders',
    headers: { ...t.basic(k.key, k.secret), ...JSON_BODY },
    body: '{"status":"pending"}',
  }),
  passed('POST /wp-json/wc/v3/orders {"status":"pending"}'),
);
plain(
  'rest-route/none',
  'without a key',
  '3.0',
  () => ({ path: '/?rest_route=/wc/v3/products' }),
  stopped(noCredential),
);
plain(
  'rest-route/unknown-key',
  'an unknown key',
  '3.1',
  (t) => ({
    path: '/?rest_route=/wc/v3/products',
    headers: t.basic('ck_' + '0'.repeat(40), 'cs_' + '0'.repeat(40)),
  }),
  stopped(unknownKey),
  'answers woocommerce_rest_cannot_view',
);
plain(
  'rest-route/read-key-post',
  'a read key posting',
  '3.1',
  (t, k) => ({
    method: 'POST',
    path: '/index.php?rest_route=/wc/v3/products',
    headers: { ...t.basic(k.key, k.secret), ...JSON_BODY },
    body: '{"name":"x"}',
  }),
  stopped(noWrite),
  SAME,
  'read',
);
plain(
  'rest-route/plain-http',
  'Basic over plain http',
  '3.1',
  (t, k) => ({ base: 'http', path: '/?rest_route=/wc/v3/products', headers: t.basic(k.key, k.secret) }),
  stopped(plainHttp),
  'answers woocommerce_rest_cannot_view',
);
add(
  'rest-route/session',
  "a manager's session and no key",
  '3.1',
  async (t) =>
    through(t, { key: '-', secret: '-' }, async () =>
      t.api({ path: '/?rest_route=/wc/v3/products', jar: await t.jar('manager') }),
    ),
  stopped(noCredential),
);
signed(
  'rest-route/oauth',
  'signed for the URL as sent, with the slash',
  { path: '/', params: rr([['per_page', '2']]) },
  passed(`GET ${P}?per_page=2`),
  'accepts only a signature for the URL without the slash',
);
signed(
  'rest-route/oauth-no-slash',
  'signed for the store URL without a slash, the value not encoded',
  (t) => ({
    path: '/',
    params: rr([['per_page', '2']]),
    rawQuery: 'rest_route=/wc/v3/products&per_page=2',
    signUrl: t.target.httpBase,
  }),
  passed(`GET ${P}?per_page=2`),
);
signed(
  'rest-route/oauth-index-php-header',
  'signed for /index.php, oauth in the header, HMAC-SHA256',
  { path: '/index.php', params: rr(), place: 'header', alg: 'HMAC-SHA256' },
  passed(`GET ${P}`),
);
signed(
  'rest-route/oauth-form',
  'POST, everything but rest_route in a form body',
  (t) => ({
    method: 'POST',
    path: '/index.php?rest_route=%2Fwc%2Fv3%2Fproducts',
    place: 'body',
    signUrl: `${t.target.httpBase}/index.php`,
    signParams: [...rr(), ['name', 'x']],
    params: [['name', 'x']],
  }),
  passed(`POST ${P}`),
);
signed(
  'rest-route/oauth-other-route',
  'rest_route changed after signing',
  { path: '/index.php', params: rr(), rawQuery: 'rest_route=%2Fwc%2Fv3%2Forders' },
  stopped(noMatch),
);
// The upstream receives only paths below /wp-json/.
const undone = (s) =>
  s
    .replace(/%2e/gi, '.')
    .replace(/%2f|%5c|\\/gi, '/')
    .replace(/;[^/]*/g, '');
const outside = (hits) =>
  hits
    .map((h) => h.url.split('?')[0])
    .filter((p) => !new URL(undone(p).replace(/^\/+/, '/'), 'http://x').pathname.startsWith('/wp-json/'));
const inside = (id, title, paths) =>
  add(
    id,
    title,
    '3.0',
    async (t) => {
      const k = await t.key();
      const from = t.upstream.hits.length;
      for (const path of paths) await t.send({ path, headers: t.basic(k.key, k.secret) });
      return { outside: outside(t.upstream.hits.slice(from)) };
    },
    { outside: [] },
    'has no upstream',
  );
inside('rest-route/dot-segments', 'paths that lead out of /wp-json/, with a valid key', [
  '//wp-json/../admin',
  '///wp-json/%2e%2e/admin',
  '/?rest_route=/../admin',
  '/?rest_route=%2F..%2F..%2Fadmin',
  '/index.php?rest_route=/wc/%2e%2e/%2e%2e/%2e%2e/admin',
  '/?rest_route=/wc/%252e%252e/%252e%252e/%252e%252e/admin',
]);

// Indexes. They need no key.
const LINK = '<has: <{HTTPS}/wp-json/>; rel="https://api.w.org/">';
const kind = (v) => (Array.isArray(v) ? 'array' : v === undefined ? 'none' : typeof v);
const index = (id, title, path, route) =>
  add(
    id,
    title,
    '3.4',
    async (t) => {
      const r = await t.send({ path });
      let j = {};
      try {
        j = JSON.parse(r.body);
      } catch {
        /* not JSON */
      }
      return {
        answered: r.status,
        contentType: String(r.headers['content-type']).toLowerCase(),
        link: t.norm.text(r.headers.link ?? ''),
        ...('namespace' in j
          ? { namespace: j.namespace }
          : {
              namespaces: ['wc/v1', 'wc/v2', 'wc/v3', 'acme/v1'].every((n) => j.namespaces?.includes?.(n)),
              authentication: kind(j.authentication),
            }),
        routes: kind(j.routes),
        route: j.routes?.[route] !== undefined,
      };
    },
    {
      answered: 200,
      contentType: 'application/json; charset=utf-8',
      link: LINK,
      ...(/wc\/v\d/.test(path)
        ? { namespace: /wc\/v\d/.exec(path)[0] }
        : { namespaces: true, authentication: 'object' }),
      routes: 'object',
      route: true,
    },
  );
index(
  'index/root',
  'GET /wp-json/ lists the routes and namespaces of the upstream',
  '/wp-json/',
  '/wc/v3/orders',
);
index('index/v1', 'GET /wp-json/wc/v1', '/wp-json/wc/v1', '/wc/v1/orders');
index('index/v2-slash', 'GET /wp-json/wc/v2/', '/wp-json/wc/v2/', '/wc/v2/orders');
index('index/v3', 'GET /wp-json/wc/v3', '/wp-json/wc/v3', '/wc/v3/orders');
index('index/rest-route', 'GET /?rest_route=/', '/?rest_route=/', '/wc/v3/orders');
index('index/two-slashes', 'GET //wp-json/', '//wp-json/', '/wc/v3/orders');
plain(
  'index/v1-wrong-secret',
  'GET /wp-json/wc/v1 with a wrong secret',
  '3.4',
  (t, k) => ({ path: '/wp-json/wc/v1', headers: t.basic(k.key, 'cs_wrong') }),
  stopped(wrongSecret),
);
add(
  'index/link-at-home',
  'GET / and HEAD / have the Link to the API',
  '3.0',
  async (t) => ({
    get: t.norm.text((await t.send({ path: '/' })).headers.link ?? ''),
    head: t.norm.text((await t.send({ method: 'HEAD', path: '/' })).headers.link ?? ''),
  }),
  { get: LINK, head: LINK },
);

// CORS.
const O = { origin: 'https://browser-app.example' };
const list = (v) =>
  v
    ?.toLowerCase()
    .split(/\s*,\s*/)
    .sort() ?? null;
const cors = (r) => ({
  answered: r.status,
  origin: r.headers['access-control-allow-origin'] ?? null,
  credentials: r.headers['access-control-allow-credentials'] ?? null,
  methods: list(r.headers['access-control-allow-methods']),
  expose: list(r.headers['access-control-expose-headers']),
  allow: list(r.headers['access-control-allow-headers']),
  vary: list(r.headers.vary)?.includes('origin') ?? false,
});
const CORS = (answered, origin = O.origin) => ({
  answered,
  origin,
  credentials: 'true',
  methods: ['delete', 'get', 'options', 'patch', 'post', 'put'],
  expose: ['link', 'x-wp-total', 'x-wp-totalpages'],
  allow: ['authorization', 'content-disposition', 'content-md5', 'content-type', 'x-wp-nonce'],
  vary: true,
});
const own = (id, title, make, expect, wc, perm) =>
  add(`cors/${id}`, title, '3.1', async (t) => cors(await t.send(make(t, await t.key(perm)))), expect, wc);
own('index', 'the index, with an Origin', () => ({ path: '/wp-json/', headers: O }), CORS(200));
own(
  'wrong-secret',
  'a wrong secret',
  (t, k) => ({ path: P, headers: { ...O, ...t.basic(k.key, 'cs_wrong') } }),
  CORS(401),
);
own(
  'no-permission',
  'a write key reading',
  (t, k) => ({ path: P, headers: { ...O, ...t.basic(k.key, k.secret) } }),
  CORS(401),
  SAME,
  'write',
);
add(
  'cors/without-origin',
  'a refusal without an Origin',
  '3.1',
  async (t) => pick(cors(await t.send({ path: P })), ['answered', 'origin', 'credentials']),
  { answered: 401, origin: null, credentials: null },
);
add(
  'cors/of-the-api',
  "the upstream's own CORS headers are kept",
  '3.1',
  async (t) => {
    const k = await t.key();
    return pick(cors(await t.send({ path: P, headers: { ...O, ...t.basic(k.key, k.secret) } })), [
      'answered',
      'origin',
      'credentials',
    ]);
  },
  { answered: 200, origin: 'https://api.example', credentials: null },
  'has no upstream',
);
const preflight = (id, title, make) =>
  add(
    `preflight/${id}`,
    title,
    '3.1',
    async (t) => {
      const k = await t.key();
      const o = make(t, k);
      return through(t, k, async () => {
        const r = await t.send({
          method: 'OPTIONS',
          ...o,
          headers: { ...O, 'access-control-request-method': 'GET', ...o.headers },
        });
        return {
          ok: r.status >= 200 && r.status < 300,
          origin: r.headers['access-control-allow-origin'] !== undefined,
        };
      });
    },
    { answer: { ok: true, origin: true }, asked: '<any>', leaks: false },
    'answers 401',
  );
const forGet = (t, k) => t.oauthLib.oauthParams({ url: t.target.httpBase + P, key: k.key, secret: k.secret });
preflight('signed-query', 'of a URL signed for GET', (t, k) => ({
  base: 'http',
  path: `${P}?${t.oauthLib.query(forGet(t, k))}`,
}));
preflight('signed-header', 'with an Authorization header signed for GET', (t, k) => ({
  base: 'http',
  path: P,
  headers: { authorization: t.oauthLib.header(forGet(t, k)) },
}));

// Ways to write a key.
plain(
  'key/newline-after',
  'Basic, a newline after the key',
  '3.1',
  (t, k) => ({ path: P, headers: t.basic(k.key + '\n', k.secret) }),
  passed(`GET ${P}`),
);
plain(
  'key/spaces-around',
  'in the query, spaces around the key',
  '3.1',
  (t, k) => ({ path: `${P}?consumer_key=%20${k.key}%20&consumer_secret=${k.secret}` }),
  passed(`GET ${P}`),
);
plain(
  'key/secret-with-space',
  'Basic, a space after the secret',
  '3.1',
  (t, k) => ({ path: P, headers: t.basic(k.key, k.secret + ' ') }),
  stopped(wrongSecret),
);
const bearer = (k) => ({ authorization: `Bearer ${k.key}.${k.secret}` });
plain(
  'key/bearer',
  'Bearer ck_….cs_… over https',
  '3.1',
  (t, k) => ({ path: P, headers: bearer(k) }),
  passed(`GET ${P}`),
  'does not know Bearer',
);
plain(
  'key/bearer-plain-http',
  'Bearer ck_….cs_… over plain http',
  '3.1',
  (t, k) => ({ base: 'http', path: P, headers: bearer(k) }),
  stopped(anyRejection),
);

// Query strings and bodies that try to evade the checks.
plain(
  'query/semicolon-credential',
  'the key after a semicolon in the query',
  '3.1',
  (t, k) => ({ path: `${P}?x=1;consumer_key=${k.key};consumer_secret=${k.secret}` }),
  stopped(noCredential),
);
const opened = (id, title, section, needle, make, perm) =>
  add(
    `query/${id}`,
    title,
    section,
    async (t) => {
      const k = await t.key(perm);
      const a = t.upstream.hits.length,
        b = t.upstream.indexHits.length;
      await t.send(make(t, k));
      return {
        opened: [...t.upstream.hits.slice(a), ...t.upstream.indexHits.slice(b)].some((h) =>
          h.url.includes(needle),
        ),
      };
    },
    { opened: false },
    SAME,
  );
opened('semicolon-route', 'rest_route after a semicolon, on the index', '3.0', ';rest_route', () => ({
  path: '/wp-json/?x=1;rest_route=/wc/v3/orders',
}));
opened(
  'semicolon-method',
  '_method after a semicolon, with a read key',
  '3.1',
  ';_method',
  (t, k) => ({ path: `${P}/7?x=1;_method=DELETE`, headers: t.basic(k.key, k.secret) }),
  'read',
);
plain(
  'body/method-override',
  'a write key sends a POST with _method=GET in its form body',
  '3.1',
  (t, k) => ({
    method: 'POST',
    path: P,
    headers: { ...t.basic(k.key, k.secret), 'content-type': 'application/x-www-form-urlencoded' },
    body: '_method=GET&name=x',
  }),
  stopped(noRead),
  'reads _method from the query only',
  'write',
);
const coded = (id, title, coding, expect) =>
  add(
    `body/${id}`,
    title,
    '3.4',
    async (t) => {
      const k = await t.key();
      const from = t.upstream.hits.length;
      const r = await t.send({
        method: 'POST',
        path: P,
        headers: {
          ...t.basic(k.key, k.secret),
          ...JSON_BODY,
          'transfer-encoding': coding,
          connection: 'close',
        },
        body: '{"name":"x"}',
      });
      return { answered: r.status, bodies: t.upstream.hits.slice(from).map((h) => h.body) };
    },
    expect,
  );
coded('chunked', 'Transfer-Encoding: chunked', 'chunked', { answered: 200, bodies: ['{"name":"x"}'] });
coded('gzip-chunked', 'Transfer-Encoding: gzip, chunked', 'gzip, chunked', { answered: 501, bodies: [] });
add(
  'headers/spelling',
  "header names of the upstream's answer keep their spelling",
  '3.4',
  async (t) => {
    const k = await t.key();
    const r = await t.send({ path: P, headers: t.basic(k.key, k.secret) });
    return { names: r.rawHeaders.filter((n, i) => i % 2 === 0 && /^x-wp-/i.test(n)) };
  },
  { names: ['X-WP-Total', 'X-WP-TotalPages'] },
);
add(
  'legacy/v3',
  'the legacy API address /wc-api/v3/orders',
  '3.4',
  async (t) => {
    const k = await t.key();
    const r = await t.send({ path: '/wc-api/v3/orders', headers: t.basic(k.key, k.secret) });
    let j;
    try {
      j = JSON.parse(r.body);
    } catch {
      /* not JSON */
    }
    return {
      answered: r.status,
      json: j !== undefined,
      tells: JSON.stringify(j ?? '').includes('/wp-json/wc/v3'),
    };
  },
  { answered: 404, json: true, tells: true },
  'answers a JSON 404 that says the API is disabled',
);

// Sign-in and consent pages, and the return to the app.
const bodyClass = (r) => /<body\b[^>]*\bclass="([^"]*)"/i.exec(r.body)?.[1] ?? '';
const opener = (r) => {
  const v = r.headers['cross-origin-opener-policy'];
  return v === undefined || /^unsafe-none\b/i.test(v) ? 'kept' : v;
};
add(
  'pages/login-body-class',
  'the sign-in page has the body class that apps look for',
  '2.2',
  async (t) => ({ class: bodyClass(await t.send({ path: t.authPath('login', t.defaults()) })) }),
  { class: '<has: wc-auth wp-core-ui>' },
);
add(
  'pages/opener',
  'the sign-in and consent pages send no Cross-Origin-Opener-Policy',
  '2.2',
  async (t) => ({
    login: opener(await t.send({ path: t.authPath('login', t.defaults()) })),
    consent: opener(
      await t.send({ path: t.authPath('authorize', t.defaults()), jar: await t.jar('manager') }),
    ),
  }),
  { login: 'kept', consent: 'kept' },
);
add(
  'return/one-slash',
  'return_url com.example.app:/done through a grant',
  '2.1',
  async (t) => {
    const g = await t.grant({ params: { return_url: 'com.example.app:/done' } });
    return {
      authorize: pick(g.authorize, ['status', 'kind', 'error']),
      granted: g.granted && pick(g.granted, ['status', 'kind', 'location']),
      calls: g.callbacks?.length,
    };
  },
  {
    authorize: { status: 200, kind: 'grant' },
    granted: {
      status: 302,
      kind: 'redirect',
      location: { to: 'com.example.app:/done', query: ['success=1', 'user_id=42'] },
    },
    calls: 1,
  },
  'puts https:// in front of it',
);
add(
  'return/page',
  'Approve with an app scheme shows a page with a link to the app',
  '2.1',
  async (t) => {
    const { page, done } = await grantAt(t, '/wc-auth/v1/authorize', { return_url: 'myapp://done' });
    if (!done) return { page: pick(t.facts(page), ['status', 'kind', 'error']) };
    const { doc } = t.page(done);
    return {
      answered: done.status,
      link: doc?.returnLink === undefined ? null : t.norm.url(doc.returnLink),
      secret: /c[ks]_[0-9a-f]{40}/.test(done.body),
    };
  },
  { answered: 200, link: { to: 'myapp://done', query: ['success=1', 'user_id=42'] }, secret: false },
  'shows a blank page',
);
add(
  'return/blocked',
  'return_url with a scheme that starts a system program or shows page source',
  '2.1',
  async (t) => {
    const jar = await t.jar('manager');
    const out = {};
    for (const url of ['ms-msdt://id?x=1', 'search-ms://query=x', 'view-source://app.example/']) {
      const r = await t.send({ path: t.authPath('authorize', t.defaults({ return_url: url })), jar });
      const f = t.facts(r);
      out[url] = {
        answered: f.status,
        error: f.error,
        links: new RegExp(`(href|action|url)="?\\s*${url.split(':')[0]}`, 'i').test(r.body),
      };
    }
    return out;
  },
  Object.fromEntries(
    ['ms-msdt://id?x=1', 'search-ms://query=x', 'view-source://app.example/'].map((u) => [
      u,
      { answered: 401, error: '<has: Error:>', links: false },
    ]),
  ),
  'accepts them',
);
const longest = (text, letter) =>
  Math.max(0, ...(text?.match(new RegExp(`${letter}+`, 'g')) ?? []).map((m) => m.length));
add(
  'echo/scope',
  'an invalid scope of 5,000 letters is cut in the error',
  '2.1',
  async (t) => {
    const r = await t.send({ path: t.authPath('authorize', t.defaults({ scope: 'x'.repeat(5000) })) });
    const n = longest(t.page(r).error, 'x');
    return { answered: r.status, kept: n >= 100 && n <= 200 ? 'up to 200' : n };
  },
  { answered: 401, kept: 'up to 200' },
  'repeats the whole value',
);
const HIDDEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e0fff}]/u;
const called = async (t, app_name) => {
  const g = await t.grant({ params: { app_name } });
  return {
    kind: g.authorize.kind,
    shown: HIDDEN.test((g.authorize['~lines'] ?? []).join('\n')),
    description: g.keysLeft?.[0]?.description ?? '',
  };
};
add(
  'name/invisible-only',
  'an app_name of invisible characters only is rejected, or replaced by a name',
  '2.1',
  async (t) => {
    const c = await called(t, '\u3164\u2800\u00ad\u115f');
    return {
      outcome:
        c.kind === 'error'
          ? 'rejected'
          : c.shown || HIDDEN.test(c.description)
            ? 'invisible characters are shown'
            : /^\s*- API/.test(c.description)
              ? 'the description has no name'
              : 'replaced',
    };
  },
  { outcome: { '<either>': ['rejected', 'replaced'] } },
  'shows the invisible characters',
  { needs: ['hook'] },
);
add(
  'name/invisible-inside',
  'invisible characters inside an app_name are removed',
  '2.1',
  (t) => called(t, 'Corp\u00adus\u3164 \u2800A\u034fpp\ufe0f'),
  { kind: 'grant', shown: false, description: 'Corpus App - API (<utc datetime>)' },
  'shows the invisible characters',
  { needs: ['hook'] },
);
export default cases;
