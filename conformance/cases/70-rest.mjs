// Keys in Basic authentication and in the query, and what each permission allows.
const cases = [];
const add = (id, title, run, needs) => cases.push({ id, title, run, needs });
const P = '/wp-json/wc/v3/products';
const endpoints = {
  index: '/wp-json/wc/v3/',
  products: P,
  'system-status': '/wp-json/wc/v3/system_status',
  orders: '/wp-json/wc/v3/orders',
  coupons: '/wp-json/wc/v3/coupons',
  webhooks: '/wp-json/wc/v3/webhooks',
  data: '/wp-json/wc/v3/data',
  'product-missing': `${P}/999999`,
  'no-route': '/wp-json/wc/v3/nothing',
  'v1-products': '/wp-json/wc/v1/products',
  'store-api': '/wp-json/wc/store/v1/products',
  'legacy-v3': '/wc-api/v3/products',
};
for (const [name, path] of Object.entries(endpoints)) {
  for (const base of ['https', 'http']) {
    add(`endpoint/${name}/${base}/none`, `${path} over ${base} without credentials`, (t) =>
      t.api({ base, path }),
    );
    add(`endpoint/${name}/${base}/basic`, `${path} over ${base} with Basic`, async (t) => {
      const k = await t.key();
      return t.api({ base, path, headers: t.basic(k.key, k.secret) });
    });
    add(`endpoint/${name}/${base}/query`, `${path} over ${base} with credentials in the query`, async (t) => {
      const k = await t.key();
      return t.api({
        base,
        path: `${path}${path.includes('?') ? '&' : '?'}consumer_key=${k.key}&consumer_secret=${k.secret}`,
      });
    });
    add(
      `endpoint/${name}/${base}/bad-secret`,
      `${path} over ${base} with Basic and a wrong secret`,
      async (t) => {
        const k = await t.key();
        return t.api({ base, path, headers: t.basic(k.key, 'cs_wrong') });
      },
    );
    add(`endpoint/${name}/${base}/bad-key`, `${path} over ${base} with Basic and an unknown key`, (t) =>
      t.api({ base, path, headers: t.basic('ck_' + '0'.repeat(40), 'cs_' + '0'.repeat(40)) }),
    );
  }
}

// Each permission with each method.
const json = { 'content-type': 'application/json' };
for (const perm of ['read', 'write', 'read_write']) {
  for (const method of ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND']) {
    for (const [name, path] of [
      ['products', P],
      ['no-route', '/wp-json/wc/v3/nothing'],
    ])
      add(`permission/${perm}/${method}/${name}`, `${method} ${path} with a ${perm} key`, async (t) => {
        const k = await t.key(perm);
        const body = ['POST', 'PUT', 'PATCH'].includes(method) ? '{"name":""}' : undefined;
        const made = await t.call({
          method,
          path,
          headers: { ...t.basic(k.key, k.secret), ...(body ? json : {}) },
          body,
        });
        if (made.status === 201) {
          const id = JSON.parse(made.body).id;
          const rw = await t.key('read_write');
          await t.send({
            method: 'DELETE',
            path: `${P}/${id}?force=true`,
            headers: t.basic(rw.key, rw.secret),
          });
        }
        return t.apiFacts(made);
      });
  }
}
for (const perm of ['READ', 'readwrite'])
  add(
    `permission/odd-${JSON.stringify(perm)}`,
    `a key whose stored permissions are ${JSON.stringify(perm)}`,
    async (t) => {
      const k = await t.key('read');
      await t.hook('keys.update', { key_id: k.key_id, permissions: perm });
      const h = t.basic(k.key, k.secret);
      return {
        get: await t.api({ path: P, headers: h }),
        post: await t.api({ method: 'POST', path: P, headers: { ...h, ...json }, body: '{}' }),
        options: (await t.api({ method: 'OPTIONS', path: P, headers: h })).status,
      };
    },
    ['hook'],
  );
const override = (id, title, perm, o) =>
  add(`method-override/${id}`, title, async (t) => {
    const k = await t.key(perm);
    const x = o(t.basic(k.key, k.secret));
    return t.api(x);
  });
override('header-post-as-get', 'POST with X-HTTP-Method-Override: GET, read key', 'read', (h) => ({
  method: 'POST',
  path: P,
  headers: { ...h, 'x-http-method-override': 'GET' },
}));
override('query-post-as-delete', 'POST with ?_method=DELETE, read key', 'read', (h) => ({
  method: 'POST',
  path: `${P}/999999?_method=DELETE`,
  headers: h,
}));
override('query-get-as-delete', 'GET with ?_method=DELETE, read key', 'read', (h) => ({
  method: 'GET',
  path: `${P}/999999?_method=DELETE`,
  headers: h,
}));
override('query-post-as-get-write', 'POST with ?_method=GET, write key', 'write', (h) => ({
  method: 'POST',
  path: `${P}?_method=GET`,
  headers: h,
}));

// Ways to send a key over https.
const cred = (id, title, make, base = 'https') =>
  add(`credential/${id}`, title, async (t) => {
    const k = await t.key();
    const o = typeof make === 'function' ? make(t, k) : make;
    return t.api({ base, path: P, ...o });
  });
const b64 = (s) => Buffer.from(s).toString('base64');
cred('query-key-only', 'consumer_key in the query without secret', (t, k) => ({
  path: `${P}?consumer_key=${k.key}`,
}));
cred('query-wrong-secret', 'query with a wrong secret', (t, k) => ({
  path: `${P}?consumer_key=${k.key}&consumer_secret=cs_wrong`,
}));
cred('query-unknown-key', 'query with an unknown key', (t, k) => ({
  path: `${P}?consumer_key=ck_unknown&consumer_secret=${k.secret}`,
}));
cred('query-array', 'query credentials as arrays', (t, k) => ({
  path: `${P}?consumer_key[]=${k.key}&consumer_secret[]=${k.secret}`,
}));
cred('query-array-secret', 'query secret as an array', (t, k) => ({
  path: `${P}?consumer_key=${k.key}&consumer_secret[]=${k.secret}`,
}));
cred('body-form', 'credentials in a form body', (t, k) => ({
  method: 'POST',
  body: `consumer_key=${k.key}&consumer_secret=${k.secret}&name=`,
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
}));
cred('query-over-basic', 'query right, Basic wrong secret', (t, k) => ({
  path: `${P}?consumer_key=${k.key}&consumer_secret=${k.secret}`,
  headers: t.basic(k.key, 'cs_wrong'),
}));
cred('query-wrong-basic-right', 'query wrong secret, Basic right', (t, k) => ({
  path: `${P}?consumer_key=${k.key}&consumer_secret=cs_wrong`,
  headers: t.basic(k.key, k.secret),
}));
cred('query-key-only-basic-right', 'query key only, Basic right', (t, k) => ({
  path: `${P}?consumer_key=${k.key}`,
  headers: t.basic(k.key, k.secret),
}));
cred('basic-empty-password', 'Basic with an empty password', (t, k) => ({ headers: t.basic(k.key, '') }));
cred('basic-empty-user', 'Basic with an empty name', (t, k) => ({ headers: t.basic('', k.secret) }));
cred('basic-lower', 'scheme written basic', (t, k) => ({
  headers: { authorization: `basic ${b64(`${k.key}:${k.secret}`)}` },
}));
cred('bearer', 'Bearer', (t, k) => ({ headers: { authorization: `Bearer ${k.key}` } }));
cred('authorization-empty', 'an empty Authorization header', () => ({ headers: { authorization: '' } }));
cred('session-cookie', 'a session cookie and no key', (t) => ({ jar: t.jars.get('manager') ?? undefined }));
cases.at(-1).run = async (t) => t.api({ path: P, jar: await t.jar('manager') });
cred('encoded-path', '/wp-json/wc/v3/%70roducts', (t, k) => ({
  path: '/wp-json/wc/v3/%70roducts',
  headers: t.basic(k.key, k.secret),
}));
cred('upper-path', '/wp-json/wc/v3/PRODUCTS', (t, k) => ({
  path: '/wp-json/wc/v3/PRODUCTS',
  headers: t.basic(k.key, k.secret),
}));

// The owner of the key.
const owner = (id, title, run) => add(`owner/${id}`, title, run, ['hook']);
owner('customer', "a customer's read_write key", async (t) => {
  const k = await t.key('read_write', 'shopper');
  const h = t.basic(k.key, k.secret);
  const o = {};
  for (const [n, p] of Object.entries({
    index: '/wp-json/wc/v3/',
    products: P,
    orders: '/wp-json/wc/v3/orders',
    currency: '/wp-json/wc/v3/data/currencies/current',
    status: '/wp-json/wc/v3/system_status',
  }))
    o[n] = await t.api({ path: p, headers: h });
  o.post = await t.api({ method: 'POST', path: P, headers: { ...h, ...json }, body: '{"name":"x"}' });
  return o;
});
owner('manager-status', "a manager's key on system_status", async (t) => {
  const k = await t.key('read_write', 'manager');
  return t.api({ path: '/wp-json/wc/v3/system_status', headers: t.basic(k.key, k.secret) });
});
owner('deleted-user', 'the owner is deleted through WordPress', async (t) => {
  await t.hook('users.create', { username: 'corpus-gone', password: 'Gone-pass-1!', role: 'shop_manager' });
  const k = await t.key('read_write', 'corpus-gone');
  const before = (await t.api({ path: P, headers: t.basic(k.key, k.secret) })).status;
  await t.hook('users.delete', { username: 'corpus-gone' });
  return {
    before,
    after: await t.api({ path: P, headers: t.basic(k.key, k.secret) }),
    row: (await t.hook('keys.get', { key_id: k.key_id })) === null ? 'gone' : 'there',
  };
});
owner('revoked', 'a key that was revoked', async (t) => {
  const k = await t.key();
  const before = (await t.api({ path: P, headers: t.basic(k.key, k.secret) })).status;
  await t.hook('keys.delete', { key_id: k.key_id });
  return {
    before,
    basic: await t.api({ path: P, headers: t.basic(k.key, k.secret) }),
    query: await t.api({ path: `${P}?consumer_key=${k.key}&consumer_secret=${k.secret}` }),
    index: await t.api({ path: '/wp-json/wc/v3/', headers: t.basic(k.key, k.secret) }),
  };
});
owner('demoted', 'the owner loses the shop manager role', async (t) => {
  await t.hook('users.create', {
    username: 'corpus-demoted2',
    password: 'Gone-pass-1!',
    role: 'shop_manager',
  });
  const k = await t.key('read_write', 'corpus-demoted2');
  const before = (await t.api({ path: P, headers: t.basic(k.key, k.secret) })).status;
  await t.hook('users.role', { username: 'corpus-demoted2', role: 'customer' });
  const after = await t.api({ path: P, headers: t.basic(k.key, k.secret) });
  await t.hook('users.delete', { username: 'corpus-demoted2' });
  return { before, after };
});
owner('permissions-narrowed', 'permissions changed from read_write to read', async (t) => {
  const k = await t.key();
  await t.hook('keys.update', { key_id: k.key_id, permissions: 'read' });
  return t.api({
    method: 'POST',
    path: P,
    headers: { ...t.basic(k.key, k.secret), ...json },
    body: '{"name":"x"}',
  });
});

// Headers.
const hdr = (id, title, make) =>
  add(`headers/${id}`, title, async (t) => {
    const k = await t.key();
    const r = await t.send(make(t, k));
    const names = [
      'www-authenticate',
      'allow',
      'access-control-allow-origin',
      'access-control-allow-methods',
      'access-control-allow-headers',
      'access-control-allow-credentials',
      'access-control-expose-headers',
      'vary',
      'cache-control',
      'expires',
      'x-content-type-options',
      'x-robots-tag',
      'x-wp-total',
      'x-wp-totalpages',
      'content-type',
      'link',
    ];
    return {
      status: r.status,
      headers: Object.fromEntries(
        names.map((n) => [
          n,
          n === 'x-wp-total' || n === 'x-wp-totalpages'
            ? r.headers[n] !== undefined
            : (t.norm.text(r.headers[n]) ?? null),
        ]),
      ),
    };
  });
hdr('ok', 'headers of a good answer', (t, k) => ({ path: P, headers: t.basic(k.key, k.secret) }));
hdr('bad-secret', 'headers of a wrong secret', (t, k) => ({ path: P, headers: t.basic(k.key, 'cs_wrong') }));
hdr('none', 'headers without credentials', () => ({ path: P }));
hdr('forbidden', 'headers of a refused permission', (t, k) => ({
  method: 'PROPFIND',
  path: P,
  headers: t.basic(k.key, k.secret),
}));
export default cases;
