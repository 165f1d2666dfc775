// Approving and denying: where the browser goes, what the app receives.
import { urls } from './10-validation.mjs';
import { pick } from '../lib/toolkit.mjs';
const cases = [];
const add = (id, title, run, needs) => cases.push({ id, title, run, needs });

add('approve', 'the manager approves; the app answers 200', (t) => t.grant());
add('approve-admin', 'an administrator approves', (t) => t.grant({ who: 'admin' }));
for (const s of ['read', 'write', 'read_write'])
  add(`scope/${s}`, `grant page and key of scope ${s}`, async (t) => {
    const g = await t.grant({ params: { scope: s } });
    return { '~lines': g.authorize['~lines'], json: g.callbacks[0]?.json, keysLeft: g.keysLeft };
  });
add('customer', 'a customer opens the grant page', (t) => t.grant({ who: 'shopper' }));

const approveWith = (id, title, tweak) =>
  add(id, title, async (t) => {
    const g = await t.grant({ tweak: typeof tweak === 'function' ? tweak(t) : tweak });
    return { granted: g.granted, calls: g.callbacks?.length, keysLeft: g.keysLeft };
  });
approveWith('nonce/wrong', 'approve with a wrong wc_auth_nonce', { nonce: ([n]) => [n, 'deadbeef00'] });
approveWith('nonce/missing', 'approve without wc_auth_nonce', { nonce: () => null });
approveWith('nonce/empty', 'approve with an empty wc_auth_nonce', { nonce: ([n]) => [n, ''] });
approveWith('method/post', 'the approve link posted, parameters in the query', { method: 'POST' });
add('method/head', 'the approve link with HEAD', async (t) => {
  const g = await t.grant({ tweak: { method: 'HEAD' } });
  return { granted: g.granted, calls: g.callbacks?.length, keysLeft: g.keysLeft };
});
add('method/get', 'the approve control used with GET, as a link or a prefetch would', async (t) => {
  const g = await t.grant({ tweak: { method: 'GET' } });
  return {
    granted: pick(g.granted, ['status', 'kind', 'error', 'location']),
    calls: g.callbacks?.length,
    keysLeft: g.keysLeft,
  };
});
add(
  'method/post-nonce-in-body',
  'everything in the query of a POST, the nonce alone in its body',
  async (t) => {
    const app = t.cb();
    const jar = await t.jar('manager');
    const page = await t.send({ path: t.authPath('authorize', t.defaults({ callback_url: app.url })), jar });
    const { url, pairs } = t.parts(page, t.page(page).doc.controls['wc-auth-approve']);
    const r = await t.post(
      page,
      `${url}?${t.encode(pairs.filter(([n]) => !t.isNonce(n)))}`,
      pairs.filter(([n]) => t.isNonce(n)),
      jar,
    );
    return { granted: t.facts(r), calls: app.received().length };
  },
);
add(
  'nonce/reuse',
  'the same approve control used three times',
  async (t) => {
    const app = t.cb();
    const jar = await t.jar('manager');
    const page = await t.send({ path: t.authPath('authorize', t.defaults({ callback_url: app.url })), jar });
    const ctl = t.page(page).doc.controls['wc-auth-approve'];
    const rs = [];
    for (let i = 0; i < 3; i++) rs.push(await t.press(page, ctl, jar));
    const keys = app.received().map((e) => JSON.parse(e.body).consumer_key);
    return {
      answers: rs.map((r) => pick(t.facts(r), ['status', 'kind', 'error', 'location'])),
      calls: keys.length,
      distinctKeys: new Set(keys).size,
      keysLeft: (await t.hook('keys.list')).length,
    };
  },
  ['hook'],
);
add(
  'nonce/other-request',
  'the nonce of one request sent with another (other app, other callback, wider scope)',
  async (t) => {
    const jar = await t.jar('manager');
    const a = t.cb();
    const b = t.cb();
    const first = await t.send({
      path: t.authPath('authorize', t.defaults({ callback_url: a.url, scope: 'read' })),
      jar,
    });
    const wider = t.defaults({ app_name: 'Other', callback_url: b.url, scope: 'read_write' });
    const second = await t.send({ path: t.authPath('authorize', wider), jar });
    const of = (page) => t.parts(page, t.page(page).doc.controls['wc-auth-approve']);
    const stolen = of(first).pairs.find(([n]) => t.isNonce(n));
    const { url, pairs } = of(second);
    const all = [...Object.entries(wider), ...pairs.filter(([n]) => !t.isNonce(n) && !(n in wider)), stolen];
    const r = await t.post(second, `${url}?${t.encode(all)}`, all, jar);
    return {
      granted: pick(t.facts(r), ['status', 'kind', 'error', 'location']),
      callsToFirst: a.received().length,
      callsToSecond: b.received().length,
    };
  },
);
add('nonce/other-user', "one manager's nonce used by another user", async (t) => {
  const app = t.cb();
  const page = await t.send({
    path: t.authPath('authorize', t.defaults({ callback_url: app.url })),
    jar: await t.jar('manager'),
  });
  const r = await t.press(page, t.page(page).doc.controls['wc-auth-approve'], await t.jar('admin'));
  return { granted: pick(t.facts(r), ['status', 'kind', 'error', 'location']), calls: app.received().length };
});
add(
  'nonce/other-session',
  'a nonce of one session of a user used in another session of the same user',
  async (t) => {
    const app = t.cb();
    const page = await t.send({
      path: t.authPath('authorize', t.defaults({ callback_url: app.url })),
      jar: await t.jar('manager'),
    });
    const r = await t.press(
      page,
      t.page(page).doc.controls['wc-auth-approve'],
      await t.freshLogin('manager'),
    );
    return {
      granted: pick(t.facts(r), ['status', 'kind', 'error', 'location']),
      calls: app.received().length,
    };
  },
);
add('nonce/after-logout', 'the approve control used without a session', async (t) => {
  const app = t.cb();
  const page = await t.send({
    path: t.authPath('authorize', t.defaults({ callback_url: app.url })),
    jar: await t.jar('manager'),
  });
  const r = await t.press(page, t.page(page).doc.controls['wc-auth-approve'], new t.Jar());
  return { granted: pick(t.facts(r), ['status', 'kind', 'error', 'location']), calls: app.received().length };
});
add(
  'nonce/demoted-meanwhile',
  'the user loses manage_woocommerce between grant page and approval',
  async (t) => {
    await t.hook('users.create', {
      username: 'corpus-demoted',
      password: 'Demoted-pass-1!',
      role: 'shop_manager',
    });
    await t.hook('users.role', { username: 'corpus-demoted', role: 'shop_manager' });
    const jar = await t.freshLogin({ username: 'corpus-demoted', password: 'Demoted-pass-1!' });
    const app = t.cb();
    const page = await t.send({ path: t.authPath('authorize', t.defaults({ callback_url: app.url })), jar });
    await t.hook('users.role', { username: 'corpus-demoted', role: 'customer' });
    const r = await t.press(page, t.page(page).doc.controls['wc-auth-approve'], jar);
    await t.hook('users.delete', { username: 'corpus-demoted' });
    return {
      granted: pick(t.facts(r), ['status', 'kind', 'error', 'location']),
      calls: app.received().length,
    };
  },
  ['hook'],
);
add(
  'twice-makes-two-keys',
  'the same app granted twice by the same user',
  async (t) => {
    const app = t.cb();
    await t.grant({ cb: app });
    const g = await t.grant({ cb: app });
    const [a, b] = app.received().map((e) => JSON.parse(e.body));
    return {
      keysLeft: g.keysLeft,
      keyIdsGrow: b.key_id > a.key_id,
      keysDiffer: a.consumer_key !== b.consumer_key && a.consumer_secret !== b.consumer_secret,
    };
  },
  ['hook'],
);

// Denying: the link, or the form and its redirect.
export const denies = {
  plain: {},
  'user_id-email': { user_id: 'a.b+c@app.example' },
  'user_id-base64': { user_id: 'YWI+Yz8=' },
  'user_id-ampersand': { user_id: 'a&b=c' },
  'user_id-json': { user_id: '{"shop":1,"x":"a b"}' },
  query: { return_url: 'https://app.example/path?x=1&y=two' },
  'query-success': { return_url: 'https://app.example/path?success=9&user_id=7' },
  'query-and-fragment': { return_url: 'https://app.example/path?x=1#part' },
  'query-encoded-plus': { return_url: 'https://app.example/path?q=a%2Bb' },
  custom: { return_url: 'myapp://done' },
  'no-scheme': { return_url: 'app.example/path' },
  port: { return_url: 'https://app.example:8443/path' },
  http: { return_url: 'http://app.example/back' },
};
for (const [k, over] of Object.entries(denies))
  add(`deny/${k}`, `denying: ${k}`, async (t) => {
    const app = t.cb();
    const jar = await t.jar('manager');
    const page = await t.send({
      path: t.authPath('authorize', t.defaults({ callback_url: app.url, ...over })),
      jar,
    });
    return {
      denied: t.page(page).kind === 'grant' ? await t.deny(page, jar) : t.page(page).error,
      calls: app.received().length,
    };
  });
add(
  'deny/leaves-nothing',
  'denying creates no key',
  async (t) => {
    const app = t.cb();
    const jar = await t.jar('manager');
    const page = await t.send({ path: t.authPath('authorize', t.defaults({ callback_url: app.url })), jar });
    return {
      denied: await t.deny(page, jar),
      calls: app.received().length,
      keys: (await t.hook('keys.list')).length,
    };
  },
  ['hook'],
);
add(
  'deny/then-approve',
  'the approve control used after the request was denied',
  async (t) => {
    const app = t.cb();
    const jar = await t.jar('manager');
    const page = await t.send({ path: t.authPath('authorize', t.defaults({ callback_url: app.url })), jar });
    await t.deny(page, jar);
    await t.press(page, t.page(page).doc.controls['wc-auth-approve'], jar);
    return { calls: app.received().length, keys: (await t.hook('keys.list')).length };
  },
  ['hook'],
);

// user_id, app_name: what reaches the app and the redirect.
export const values = {
  number: '42',
  'leading-zero': '007',
  float: '1.50',
  null: 'null',
  email: 'a.b+c@app.example',
  guid: '{6F9619FF-8B86-D011-B42D-00CF4FC964FF}',
  ampersand: 'a&b=c',
  hash: 'a#b',
  plus: 'a+b',
  percent: '100%',
  unicode: 'Zoë 日本 🚀',
  html: '<b>x</b>',
  quotes: `"a" 'b' \\c`,
  json: '{"a":1}',
};
for (const [k, v] of Object.entries(values)) {
  add(`user_id/${k}`, `user_id ${JSON.stringify(v)} through a grant`, async (t) =>
    t.brief(await t.grant({ params: { user_id: v } })),
  );
  add(`app_name/${k}`, `app_name ${JSON.stringify(v)} through a grant`, async (t) =>
    t.brief(await t.grant({ params: { app_name: v } })),
  );
}
add('app_name/length-170', 'app_name of 170 characters', async (t) =>
  t.brief(await t.grant({ params: { app_name: 'n'.repeat(170) } })),
);
add('app_name/length-171', 'app_name of 171 characters', async (t) =>
  t.brief(await t.grant({ params: { app_name: 'n'.repeat(171) } })),
);
add('app_name/array', 'app_name[] through a grant', async (t) =>
  t.brief(await t.grant({ params: { app_name: ['a', 'b'] } })),
);

// return_url: deny link and redirect of success for every form that passes validation.
for (const [k, v] of Object.entries(urls))
  add(`return_url/${k}`, `return_url (${k}) through a grant`, async (t) => {
    const g = await t.grant({ params: { return_url: v } });
    return {
      authorize: pick(g.authorize, ['status', 'kind', 'error']),
      deny: g.authorize.grant?.deny,
      granted: g.granted && pick(g.granted, ['status', 'kind', 'error', 'location', 'type']),
      calls: g.callbacks?.length,
      keysLeft: g.keysLeft?.length,
    };
  });

// The grant over a plain-http store.
add('plain-permalink', 'the whole grant through the query-string form', async (t) => {
  const jar = await t.jar('manager');
  const app = t.cb();
  const r = await t.send({
    path: `/?wc-auth-version=1&wc-auth-route=authorize&${t.encode(t.defaults({ callback_url: app.url }))}`,
    jar,
  });
  const view = t.page(r);
  const done = await t.press(r, view.doc.controls['wc-auth-approve'], jar);
  return {
    grant: view.grant,
    granted: pick(t.facts(done), ['status', 'kind', 'location', 'error']),
    calls: app.received().length,
  };
});
export default cases;
