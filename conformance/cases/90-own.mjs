// Cases that have no counterpart in WooCommerce. Each has its own expectation.
const cases = [];
const add = (id, title, section, run, expect, more = {}) =>
  cases.push({ id, title, section, run, expect, only: 'ours', ...more });
const P = '/wp-json/wc/v3/products';
const rejectedAddress = { status: 401, kind: 'error', calls: 0 };
const address = (id, title, host) =>
  add(
    `address/${id}`,
    title,
    '2.3',
    async (t) => {
      const g = await t.grant({ params: { callback_url: `https://${host}/cb` } });
      return { status: g.authorize.status, kind: g.authorize.kind, calls: t.callbacks.log.length };
    },
    rejectedAddress,
    { profile: 'default' },
  );
address('link-local', 'cloud metadata, 169.254.169.254', '169.254.169.254');
address('cgnat', 'carrier NAT, 100.64.0.1', '100.64.0.1');
address('this-network', '0.1.2.3', '0.1.2.3');
address('hexadecimal', '0x7f000001', '0x7f000001');
address('ipv6-mapped', '[::ffff:127.0.0.1]', '[::ffff:127.0.0.1]');
address('ipv6-link-local', '[fe80::1]', '[fe80::1]');

const last = (t) => t.upstream.last;
add(
  'gateway/identity',
  'the upstream is told whose key it is',
  '3.4',
  async (t) => {
    const k = await t.key('read');
    await t.call({ path: P, headers: t.basic(k.key, k.secret) });
    const h = last(t).headers;
    return {
      keyId: h['x-wc-key-id'] === String(k.key_id),
      userId: h['x-wc-user-id'] === String(await t.hook('users.id', { username: t.target.manager.username })),
      permissions: h['x-wc-permissions'],
    };
  },
  { keyId: true, userId: true, permissions: 'read' },
  { needs: ['hook'] },
);
add(
  'gateway/own-headers-dropped',
  "a client's own identity headers do not get through",
  '3.4',
  async (t) => {
    const k = await t.key('read');
    await t.call({
      path: P,
      headers: {
        ...t.basic(k.key, k.secret),
        'x-wc-user-id': '1',
        'x-wc-permissions': 'read_write',
        'x-wc-key-id': '999',
      },
    });
    const h = last(t).headers;
    return { keyId: h['x-wc-key-id'] === String(k.key_id), permissions: h['x-wc-permissions'] };
  },
  { keyId: true, permissions: 'read' },
);
const leaks = (t, k) => {
  const h = last(t);
  return (
    JSON.stringify([h.url, h.headers]).includes(k.secret) ||
    JSON.stringify([h.url, h.headers]).includes(k.key) ||
    /oauth_signature/.test(h.url) ||
    /^(basic|oauth)/i.test(h.headers.authorization ?? '')
  );
};
add(
  'gateway/basic-stripped',
  'Basic does not reach the upstream',
  '3.4',
  async (t) => {
    const k = await t.key();
    await t.call({ path: `${P}?per_page=2`, headers: t.basic(k.key, k.secret) });
    return { leaks: leaks(t, k), url: last(t).url };
  },
  { leaks: false, url: `${P}?per_page=2` },
);
add(
  'gateway/oauth-query-stripped',
  'OAuth query parameters do not reach the upstream',
  '3.4',
  async (t) => {
    const k = await t.key();
    await t.oauth({ k, params: [['per_page', '2']] });
    return { leaks: leaks(t, k), url: last(t).url };
  },
  { leaks: false, url: `${P}?per_page=2` },
);
add(
  'grant/webhook-source',
  'the callback names the store',
  '2.3',
  async (t) => ({ source: (await t.grant()).callbacks[0]['~headers']['x-wc-webhook-source'] }),
  { source: '{HTTPS}/' },
);
add(
  'nonce/parallel',
  'the same approve control used twice at the same time',
  '2.2',
  async (t) => {
    const app = t.cb({ status: 200, delay: 300 });
    const jar = await t.jar('manager');
    const page = await t.send({ path: t.authPath('authorize', t.defaults({ callback_url: app.url })), jar });
    const ctl = t.page(page).doc.controls['wc-auth-approve'];
    await Promise.all([t.press(page, ctl, jar), t.press(page, ctl, jar)]);
    return { calls: app.received().length, keys: (await t.hook('keys.list')).length };
  },
  { calls: 1, keys: 1 },
  { needs: ['hook'] },
);
add(
  'nonce/parallel-oauth',
  'one signed request sent six times at once',
  '3.2',
  async (t) => {
    const k = await t.key();
    await t.oauth({ k });
    const n = t.oauthLib.oauthParams({
      url: t.target.httpBase + P,
      key: k.key,
      secret: k.secret,
      nonceValue: 'six-at-once',
    });
    const rs = await Promise.all(
      Array.from({ length: 6 }, () => t.send({ base: 'http', path: `${P}?${t.oauthLib.query(n)}` })),
    );
    return { accepted: rs.filter((r) => r.status === 200).length };
  },
  { accepted: 1 },
);
const override = (id, title, perm, o, expect) =>
  add(
    `override/${id}`,
    title,
    '3.1',
    async (t) => {
      const k = await t.key(perm);
      return { status: (await t.call(o(t.basic(k.key, k.secret)))).status };
    },
    expect,
  );
override(
  'read-post-as-get',
  'a read key posting with X-HTTP-Method-Override: GET',
  'read',
  (h) => ({ method: 'POST', path: P, headers: { ...h, 'x-http-method-override': 'GET' } }),
  { status: 401 },
);
export default cases;
