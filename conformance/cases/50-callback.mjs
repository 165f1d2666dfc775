// The POST to the app's callback, and the effect of each answer.
import { pick } from '../lib/toolkit.mjs';
const cases = [];
const add = (id, title, run, needs, profile) => cases.push({ id, title, run, needs, profile });
const outcome = (g) => ({
  authorize: g.granted ? undefined : pick(g.authorize, ['status', 'kind', 'error']),
  granted: g.granted && pick(g.granted, ['status', 'kind', 'error', 'location', '~title']),
  calls: g.callbacks?.map((c) => pick(c, ['server', 'method', 'path', 'contentType', 'json', 'body'])),
  keysLeft: g.keysLeft,
});
const answers = (id, title, behavior, tail) =>
  add(id, title, async (t) =>
    outcome(await t.grant({ behavior: typeof behavior === 'function' ? behavior(t) : behavior, tail })),
  );

add('request', 'the POST as the app sees it', async (t) => (await t.grant()).callbacks);
for (const s of [200, 201, 204, 206, 401, 404, 405, 422, 500, 503, 504])
  answers(`status/${s}`, `the app answers ${s}`, {
    status: s,
    body: s === 204 || s === 304 ? undefined : 'body text',
  });
answers('status/200-empty', 'the app answers 200 without a body', { status: 200 });
answers('status/200-big', 'the app answers 200 with a megabyte', { status: 200, body: 'x'.repeat(1 << 20) });
answers('slow/1500ms', 'the app answers 200 after 1.5 s', { status: 200, delay: 1500 });
answers('broken/reset', 'the app resets the connection', { mode: 'reset' });
answers('broken/close', 'the app closes without answering', { mode: 'close' });
add('broken/hang', 'the app never answers (deadline 2 s)', async (t) => {
  await t.setup({ callbackTimeout: 2 });
  return outcome(await t.grant({ behavior: { mode: 'hang' } }));
});
add('tls/untrusted', 'the app has a certificate of no known authority', async (t) => {
  const app = t.cb();
  return outcome(await t.grant({ cb: { ...app, url: app.at(t.target.callback.untrustedPort) } }));
});
add('tls/wrong-name', "the app's certificate is for another name", async (t) => {
  const app = t.cb();
  return outcome(await t.grant({ cb: { ...app, url: app.at(t.target.callback.wrongNamePort) } }));
});
add('connect/refused', 'nothing listens at the callback', async (t) => {
  const app = t.cb();
  return outcome(await t.grant({ cb: { ...app, url: app.at(t.target.callback.closedPort) } }));
});

const redirect = (id, title, make) =>
  add(`redirect/${id}`, title, async (t) => {
    const end = t.cb({ status: 200, body: 'end' });
    const app = t.cb({ status: 200 });
    const m = make(t, app, end);
    t.callbacks.program(app.path, m.behavior);
    const g = await t.grant({ cb: app });
    const all = t.callbacks.log.map((e) => t.receipt(e));
    return {
      ...outcome(g),
      calls: undefined,
      hops: all.map((c) => pick(c, ['server', 'method', 'path', 'contentType', 'body', 'types'])),
    };
  });
for (const s of [301, 302, 303, 307, 308])
  redirect(`${s}-to-200`, `the app answers ${s} to a page that answers 200`, (t, app, end) => ({
    behavior: { status: s, headers: { location: end.url } },
  }));
redirect('302-to-http', '302 to plain http', (t, app, end) => ({
  behavior: { status: 302, headers: { location: end.at(t.target.callback.plainPort, 'http') } },
}));
redirect('302-loop', 'a redirect to itself', (t, app) => ({
  behavior: { status: 302, headers: { location: app.url } },
}));
for (const n of [4, 5, 6])
  redirect(`chain-${n}`, `${n} redirects before the 200`, (t, app, end) => {
    const hops = Array.from({ length: n - 1 }, () => t.cb());
    hops.forEach((h, i) =>
      t.callbacks.program(h.path, { status: 302, headers: { location: (hops[i + 1] ?? end).url } }),
    );
    return { behavior: { status: 302, headers: { location: (hops[0] ?? end).url } } };
  });

add('body-order', 'the order of the fields in the body', async (t) => ({
  order: (await t.grant()).callbacks.map((c) => c['~order']),
}));
add('headers', 'the headers of the POST', async (t) => {
  const [c] = (await t.grant()).callbacks;
  const h = c['~headers'];
  return {
    accept: h.accept,
    connection: h.connection,
    userAgent: h['user-agent'],
    httpVersion: c['~httpVersion'],
  };
});
add('use-key-inside', 'the app uses the new key before it answers', async (t) => {
  const seen = {};
  const app = t.cb({
    status: 200,
    before: async (e) => {
      const k = JSON.parse(e.body);
      seen.index = await t.api({
        path: '/wp-json/wc/v3/products',
        headers: t.basic(k.consumer_key, k.consumer_secret),
      });
    },
  });
  const g = await t.grant({ cb: app });
  return { duringCallback: seen.index, ...outcome(g) };
});
// The browser disconnects while the store waits for the app.
for (const status of [200, 500])
  add(
    `client-gone/${status}`,
    `the browser hangs up during the callback; the app then answers ${status}`,
    async (t) => {
      let seen;
      const arrived = new Promise((r) => {
        seen = r;
      });
      const app = t.cb({ status, before: () => seen(), delay: 700 });
      const jar = await t.jar('manager');
      const page = await t.send({
        path: t.authPath('authorize', t.defaults({ callback_url: app.url })),
        jar,
      });
      const abort = new AbortController();
      const pressed = t
        .press(page, t.page(page).doc.controls['wc-auth-approve'], jar, { signal: abort.signal })
        .catch((e) => e);
      await arrived;
      abort.abort();
      await pressed;
      await t.wait(1500);
      return { calls: app.received().length, keysLeft: (await t.hook('keys.list')).length };
    },
    ['hook'],
  );
add(
  'key-exists-during-callback',
  'is the key already stored while the app is being told',
  async (t) => {
    let during;
    const app = t.cb({
      status: 500,
      before: async () => {
        during = (await t.hook('keys.list')).length;
      },
    });
    await t.grant({ cb: app });
    return { during, after: (await t.hook('keys.list')).length };
  },
  ['hook'],
);
add(
  'use-key-after-failure',
  'the app keeps the key and answers 500: does the key work afterwards',
  async (t) => {
    const app = t.cb({ status: 500 });
    const g = await t.grant({ cb: app });
    const k = JSON.parse(app.received()[0].body);
    return {
      ...outcome(g),
      after: await t.api({
        path: '/wp-json/wc/v3/products',
        headers: t.basic(k.consumer_key, k.consumer_secret),
      }),
    };
  },
);
const form = (id, title, tail, target) =>
  add(`url/${id}`, title, async (t) => {
    const app = t.cb(undefined, tail);
    return outcome(await t.grant({ cb: target ? { ...app, url: target(t, app) } : app }));
  });
form('query', 'callback_url with a query', '?a=1&b=two%20words');
form('query-plus', 'callback_url with + and %2B in the query', '?a=x+y&b=x%2By');
form(
  'query-encoded-url',
  'callback_url with an encoded URL in the query',
  '?next=https%3A%2F%2Fb.example%2F%3Fa%3D1',
);
form('fragment', 'callback_url with a fragment', '#part');
form('unicode', 'callback_url with an encoded é in the query', '?q=%C3%A9');
form('no-scheme', 'callback_url without scheme', '', (t, a) => a.url.replace('https://', ''));
form('userinfo', 'callback_url with user and password', '', (t, a) =>
  a.url.replace('https://', 'https://u:p@'),
);
form('unresolvable', 'a host that no resolver knows', '', () => 'https://nosuch.invalid/cb');

// The profile `default`: the server may not call private addresses.
const plain = (id, title, url, opts = {}) =>
  add(
    `default/${id}`,
    title,
    async (t) => {
      await t.setup({ allowLocalCallback: false, trustCa: true, ...opts });
      const app = t.cb();
      return outcome(await t.grant({ cb: { ...app, url: url(t, app) } }));
    },
    undefined,
    'default',
  );
plain('loopback-name', 'a name that resolves to 127.0.0.1, odd port', (t, a) => a.url);
plain('127.0.0.1', 'https://127.0.0.1', () => 'https://127.0.0.1/cb');
plain('10.0.0.1', 'https://10.0.0.1', () => 'https://10.0.0.1/cb');
plain('ipv6-loopback', 'https://[::1]', () => 'https://[::1]/cb');
add('default/odd-port', 'host allowed but port 9447 is not among the safe ones', async (t) => {
  const app = t.cb();
  return outcome(await t.grant({ cb: { ...app, url: app.at(9447) } }));
});
export default cases;
