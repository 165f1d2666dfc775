// What the store keeps of a key, and when it records the last use.
const cases = [];
const add = (id, title, run) => cases.push({ id, title, run, needs: ['hook'] });
const row = async (t, id) => t.hook('keys.get', { key_id: id });

add('stored-row', 'the row that an approval leaves', async (t) => {
  const app = t.cb();
  await t.grant({ cb: app, params: { app_name: 'Row App', scope: 'read' } });
  const k = JSON.parse(app.received()[0].body);
  const r = await row(t, k.key_id);
  const stamp = /\((\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\)$/.exec(r.description)?.[1];
  return {
    keyIdIsRowId: r.key_id === k.key_id,
    user:
      r.user_id === (await t.hook('users.id', { username: t.target.manager.username }))
        ? 'the approving user'
        : 'another',
    description: t.norm.text(r.description),
    descriptionInUtc: Math.abs(Date.parse(stamp.replace(' ', 'T') + 'Z') - Date.now()) < 60000,
    permissions: r.permissions,
    consumerKeyStoredAsHmacSha256: r.consumer_key === t.hashOf(k.consumer_key),
    consumerSecretStoredPlain: r.consumer_secret === k.consumer_secret,
    truncatedKeyIsLast7: r.truncated_key === k.consumer_key.slice(-7),
    nonces: r.nonces_null ? null : 'set',
    lastAccess: r.last_access,
    keyForm: /^ck_[0-9a-f]{40}$/.test(k.consumer_key),
    secretForm: /^cs_[0-9a-f]{40}$/.test(k.consumer_secret),
  };
});

// last_access after one request.
const touch = (id, title, perform, perms = 'read_write', who = 'manager') =>
  add(`last_access/${id}`, title, async (t) => {
    const k = await t.key(perms, who);
    const res = await perform(t, k);
    const r = await row(t, k.key_id);
    return {
      status: res.status,
      code: res.error?.code,
      reached: res.reached,
      updated: r.last_access !== null,
      ...(r.last_access
        ? { recent: Math.abs(Date.parse(r.last_access.replace(' ', 'T') + 'Z') - Date.now()) < 60000 }
        : {}),
    };
  });
const b = (t, k, o) => t.api({ path: '/wp-json/wc/v3/products', headers: t.basic(k.key, k.secret), ...o });
touch('basic-get', 'a good Basic request', (t, k) => b(t, k));
touch('query', 'credentials in the query', (t, k) =>
  t.api({ path: `/wp-json/wc/v3/products?consumer_key=${k.key}&consumer_secret=${k.secret}` }),
);
touch('not-found', 'a product that is not there', (t, k) =>
  b(t, k, { path: '/wp-json/wc/v3/products/999999' }),
);
touch('encoded-path', 'the path percent-encoded', (t, k) => b(t, k, { path: '/wp-json/wc/v3/%70roducts' }));
touch('upper-path', 'the path in capitals', (t, k) => b(t, k, { path: '/wp-json/wc/v3/PRODUCTS' }));
touch(
  'read-key-post',
  'a read key posting (refused)',
  (t, k) =>
    b(t, k, {
      method: 'POST',
      body: '{}',
      headers: { ...t.basic(k.key, k.secret), 'content-type': 'application/json' },
    }),
  'read',
);
touch('wrong-secret', 'wrong secret', (t, k) => b(t, k, { headers: t.basic(k.key, 'cs_wrong') }));
touch(
  'customer',
  "a customer's key (refused for lack of rights)",
  (t, k) => b(t, k),
  'read_write',
  'shopper',
);
touch('oauth', 'a good OAuth request', (t, k) => t.oauth({ k }));
touch('oauth-bad-signature', 'an OAuth request with a bad signature', (t, k) =>
  t.oauth({ k, signSecret: 'cs_wrong' }),
);
touch('v2', 'the v2 namespace', (t, k) => b(t, k, { path: '/wp-json/wc/v2/products' }));
add('last_access/second-use', 'a second use later moves it', async (t) => {
  const k = await t.key();
  await b(t, k);
  const first = (await row(t, k.key_id)).last_access;
  await t.wait(1100);
  await b(t, k);
  return { moved: (await row(t, k.key_id)).last_access > first };
});

export default cases;
