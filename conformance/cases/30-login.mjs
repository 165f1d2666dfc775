// The sign-in page.
const cases = [];
const add = (id, title, run, needs) => cases.push({ id, title, run, needs });
const open = async (t, params) => {
  const jar = new t.Jar();
  const res = await t.send({ path: t.authPath('login', params ?? t.defaults()), jar });
  return { jar, res };
};
const attempt = (id, title, user, tweak, params) =>
  add(id, title, async (t) => {
    const { jar, res } = await open(t, params?.(t));
    const [u, p] = user(t);
    return t.facts(await t.submitLogin(res, jar, u, p, tweak ?? {}));
  });
const m = (t) => [t.target.manager.username, t.target.manager.password];

add('page', 'what the login page holds', async (t) => t.facts((await open(t)).res));
add('page-existing-query', 'cancel link when return_url has a query and a fragment', async (t) =>
  t.facts(
    (await open(t, t.defaults({ return_url: 'https://app.example/r?x=1&y=%C3%A9#frag', user_id: 'a b&c' })))
      .res,
  ),
);
add('page-custom-scheme', 'cancel link for an app scheme', async (t) =>
  t.facts((await open(t, t.defaults({ return_url: 'myapp://done' }))).res),
);
add('chain', 'authorize → login → right password → authorize', async (t) => {
  const jar = new t.Jar();
  const a = await t.send({ path: t.authPath('authorize', t.defaults()), jar });
  const b = await t.send({ url: a.headers.location, jar });
  const c = await t.submitLogin(b, jar, ...m(t));
  const d = await t.send({ url: c.headers.location, jar });
  return {
    authorize: t.facts(a),
    login: t.facts(b),
    submitted: t.facts(c),
    end: t.facts(d),
    sessionCookie: {
      set: (c.headers['set-cookie'] ?? []).length > 0,
      '~cookies': (c.headers['set-cookie'] ?? []).map((x) =>
        x
          .replace(/=[^;]*/, '')
          .replace(/expires=[^;]*/i, 'expires')
          .replace(/[0-9a-f]{32}/, '<hash>'),
      ),
    },
  };
});
attempt('right', 'right password', m);
attempt('by-email', 'right password, e-mail address as name', (t) => [
  t.target.manager.email,
  t.target.manager.password,
]);
attempt('wrong-password', 'wrong password', (t) => [t.target.manager.username, 'wrong']);
attempt('unknown-user', 'unknown name', () => ['nobody-here', 'wrong']);
attempt('unknown-email', 'unknown e-mail address', () => ['nobody@nowhere.example', 'wrong']);
attempt('empty-password', 'empty password', (t) => [t.target.manager.username, '']);
attempt('customer', 'a customer signs in', (t) => [t.target.shopper.username, t.target.shopper.password]);
attempt('awkward-params', 'right password, awkward parameters: where the browser is sent', m, {}, (t) =>
  t.defaults({
    app_name: 'Ünï & "co" + 1',
    user_id: 'a b+c&d',
    return_url: 'https://app.example/r?x=1&y=a%2Bb',
  }),
);
add('customer-chain', 'a customer signs in and lands on authorize', async (t) => {
  const { jar, res } = await open(t);
  const c = await t.submitLogin(res, jar, t.target.shopper.username, t.target.shopper.password);
  return { submitted: t.facts(c), end: t.facts(await t.send({ url: c.headers.location, jar })) };
});
add('already-signed-in', 'login route with a session', async (t) =>
  t.facts(await t.send({ path: t.authPath('login', t.defaults()), jar: await t.jar('manager') })),
);
add('logout', 'the logout link of the grant page', async (t) => {
  const jar = await t.freshLogin('manager');
  const page = await t.send({ path: t.authPath('authorize', t.defaults()), jar });
  const ctl = t.page(page).doc.controls['wc-auth-logout'];
  if (!ctl) return { logout: null };
  const out = await t.press(page, ctl, jar);
  const next = out.headers.location ? await t.send({ url: out.headers.location, jar }) : null;
  return {
    link: { '~url': t.norm.url(ctl.href) },
    out: { status: out.status, location: t.norm.url(out.headers.location) },
    next: next && t.facts(next),
    after: t.facts(await t.send({ path: t.authPath('authorize', t.defaults()), jar })),
  };
});
add(
  'login-survives-double-decoding',
  'return_url whose query holds an encoded plus, followed from the first request to the end',
  async (t) => {
    const jar = new t.Jar();
    const steps = [];
    let res = await t.send({
      path: t.authPath('authorize', t.defaults({ return_url: 'https://app.example/r?q=a%2Bb%26c&n=1' })),
      jar,
    });
    steps.push(t.facts(res));
    res = await t.send({ url: res.headers.location, jar });
    steps.push(t.facts(res));
    if (t.page(res).kind === 'login') {
      res = await t.submitLogin(res, jar, ...m(t));
      steps.push(t.facts(res));
      if (res.headers.location) {
        res = await t.send({ url: res.headers.location, jar });
        steps.push(t.facts(res));
      }
    }
    return { steps: steps.map(({ '~lines': _, ...s }) => s) };
  },
);
/** Goes from the first request through sign-in and approval to the app, and returns each page seen. */
async function wholeChain(t, params) {
  const jar = new t.Jar();
  const seen = [];
  const note = (r) => {
    const p = t.page(r);
    seen.push({
      status: p.status,
      kind: p.kind,
      error: p.error,
      location: p.location,
      cancel: p.login?.cancel,
      deny: p.grant?.deny,
      '~headings': p['~headings'],
    });
  };
  let res = await t.send({ path: t.authPath('authorize', t.defaults(params)), jar });
  note(res);
  const follow = async () => {
    if (!res.headers.location) return;
    res = await t.send({ url: res.headers.location, jar });
    note(res);
  };
  await follow();
  if (t.page(res).kind === 'login') {
    res = await t.submitLogin(res, jar, ...m(t));
    note(res);
    await follow();
  }
  if (t.page(res).kind === 'grant') {
    res = await t.press(res, t.page(res).doc.controls['wc-auth-approve'], jar);
    note(res);
  }
  return seen;
}
const withoutHeadings = ({ '~headings': _, ...page }) => page;

for (const [id, v] of Object.entries({
  'plus-in-query': 'https://app.example/r?q=a+b',
  'encoded-amp': 'https://app.example/r?q=a%26b',
  'double-encoded-space': 'https://app.example/r?q=a%2520b',
  'nested-url': 'https://app.example/r?next=https%3A%2F%2Fb.example%2F%3Fa%3D1%26b%3D2',
}))
  add(
    `url-through-chain/${id}`,
    `return_url (${id}) from the first request to the grant page's deny link`,
    async (t) => ({
      seen: (await wholeChain(t, { return_url: v, callback_url: t.cb().url })).map(withoutHeadings),
    }),
  );
// The same requests with the other parameters.
for (const [id, over] of Object.entries({
  'user_id-plus': { user_id: 'a+b' },
  'user_id-ampersand': { user_id: 'a&b' },
  'user_id-hash': { user_id: 'a#b' },
  'user_id-percent': { user_id: '50%25' },
  'user_id-spaces': { user_id: 'a b' },
  'app_name-ampersand': { app_name: 'A & B' },
}))
  add(`through-chain/${id}`, `${JSON.stringify(over)} from the first request to the app`, async (t) => {
    const app = t.cb();
    const seen = await wholeChain(t, { ...over, callback_url: app.url });
    return {
      seen,
      told: app.received().map((e) => JSON.parse(e.body).user_id),
      described: t.hookLink.present
        ? (await t.hook('keys.list')).map((k) => t.norm.text(k.description))
        : undefined,
    };
  });
export default cases;
