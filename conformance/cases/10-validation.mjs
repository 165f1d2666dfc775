// Parameters of the authorize route, without a session. An accepted request is redirected to the login
// route with its parameters; a rejected one gets an error page.
const names = ['app_name', 'user_id', 'return_url', 'callback_url', 'scope'];
const cases = [];
const ask = (id, title, params, more = {}) =>
  cases.push({
    id,
    title,
    run: async (t) => {
      const p = typeof params === 'function' ? params(t) : params;
      const res = await t.send({
        path: typeof p === 'string' && p.startsWith('/') ? p : t.authPath('authorize', p),
        ...more,
      });
      return t.facts(res);
    },
  });
const withOne = (t, name, value) => t.defaults({ [name]: value });

for (const n of names) {
  ask(`${n}/missing`, `${n} absent`, (t) => withOne(t, n, undefined));
  ask(`${n}/empty`, `${n} empty`, (t) => withOne(t, n, ''));
  ask(`${n}/zero`, `${n} is 0`, (t) => withOne(t, n, '0'));
  ask(`${n}/blank`, `${n} is one space`, (t) => withOne(t, n, ' '));
  ask(`${n}/array`, `${n} given as ${n}[]`, (t) => withOne(t, n, ['x', 'y']));
  ask(`${n}/empty-array`, `${n} given as ${n}[] with one empty member`, (t) => withOne(t, n, ['']));
  ask(`${n}/twice`, `${n} given twice`, (t) =>
    Object.entries(t.defaults()).concat([
      [
        n,
        {
          app_name: 'Second',
          user_id: '43',
          return_url: 'https://app.example/second',
          callback_url: 'https://app.example/second-cb',
          scope: 'read',
        }[n],
      ],
    ]),
  );
}
ask('order/none', 'no parameter at all', '/wc-auth/v1/authorize');
for (let i = 1; i < names.length; i++)
  ask(`order/from-${names[i]}`, `the first ${i} present, the rest absent`, (t) => {
    const d = t.defaults();
    return Object.fromEntries(names.slice(0, i).map((n) => [n, d[n]]));
  });
ask('order/last-missing-first-bad-scope', 'bad scope and missing callback_url: which error wins', (t) =>
  t.defaults({ scope: 'nope', callback_url: undefined }),
);
ask('order/bad-scope-and-bad-urls', 'bad scope, both URLs bad', (t) =>
  t.defaults({ scope: 'nope', return_url: 'http://', callback_url: 'http://' }),
);

for (const s of [
  'READ',
  'Read',
  'read_write ',
  'readwrite',
  'write_read',
  'read+write',
  'admin',
  '<b>read</b>',
  'r%65ad',
])
  ask(`scope/value-${JSON.stringify(s)}`, `scope ${JSON.stringify(s)}`, (t) => t.defaults({ scope: s }));
for (const s of ['read', 'write', 'read_write'])
  ask(`scope/${s}`, `scope ${s}`, (t) => t.defaults({ scope: s }));

export const texts = {
  long200: 'n'.repeat(200),
  unicode: 'Café ☕ 日本 🚀',
  html: '<b>Bold</b> App',
  quotes: `"Double" 'single' \\back`,
  ampersand: 'A & B = C',
  plus: 'A+B',
  percent: '100% %41',
  tab: 'A\tB',
  nul: 'A\u0000B',
  lt: 'a < b',
};
for (const [k, v] of Object.entries(texts)) {
  ask(`app_name/${k}`, `app_name: ${k}`, (t) => t.defaults({ app_name: v }));
  ask(`user_id/${k}`, `user_id: ${k}`, (t) => t.defaults({ user_id: v }));
}
ask(
  'app_name/plus-as-space',
  'app_name with + for spaces (as http_build_query writes)',
  (t) => `${t.encode(t.defaults({ app_name: undefined }))}&app_name=A+B+C`,
);

const urls = {
  'no-scheme': 'app.example/path',
  'path-only': '/path',
  http: 'http://app.example/path',
  upper: 'HTTPS://APP.EXAMPLE/Path',
  'encoded-once-more': encodeURIComponent('https://app.example/path?x=1&y=2'),
  query: 'https://app.example/path?x=1&y=two',
  'query-plus': 'https://app.example/path?q=a+b',
  'query-encoded-plus': 'https://app.example/path?q=a%2Bb',
  'query-encoded-space': 'https://app.example/path?q=a%20b',
  'query-brackets': 'https://app.example/path?a[b]=c',
  'query-success': 'https://app.example/path?success=9&user_id=7',
  fragment: 'https://app.example/path#part',
  'query-and-fragment': 'https://app.example/path?x=1#part',
  port: 'https://app.example:8443/path',
  'port-default': 'https://app.example:443/path',
  'port-zero': 'https://app.example:0/path',
  'port-too-big': 'https://app.example:70000/path',
  ipv4: 'https://192.0.2.7/path',
  userinfo: 'https://user:pa55@app.example/path',
  localhost: 'https://localhost/path',
  'hyphen-first': 'https://-app.example/path',
  javascript: 'javascript:alert(1)',
  data: 'data:text/html,hello',
  mailto: 'mailto:a@app.example',
  ftp: 'ftp://app.example/path',
  custom: 'myapp://done',
  'custom-host': 'myapp://app.example/done',
  file: 'file:///etc/hosts',
  'scheme-only': 'https://',
  'space-path': 'https://app.example/a b',
  'leading-space': ' https://app.example/path',
  tab: 'https://app.example/a\tb',
  idn: 'https://bücher.example/path',
  punycode: 'https://xn--bcher-kva.example/path',
  'unicode-path-encoded': 'https://app.example/%C3%A9',
  html: 'https://app.example/<b>x</b>',
  quotes: 'https://app.example/"x"\'y\'',
  backslash: 'https://app.example\\path',
  long2000: 'https://app.example/' + 'p'.repeat(2000),
  'host-query': 'https://app.example?x=1',
};
export { urls };
for (const n of ['return_url', 'callback_url'])
  for (const [k, v] of Object.entries(urls)) ask(`${n}/${k}`, `${n}: ${k}`, (t) => t.defaults({ [n]: v }));
for (const n of ['return_url', 'callback_url'])
  ask(
    `${n}/unencoded`,
    `${n} put into the query without percent-encoding`,
    (t) => `${t.encode(t.defaults({ [n]: undefined }))}&${n}=https://app.example/path`,
  );

ask('transport/post-body', 'all five sent as a form body by POST', '/wc-auth/v1/authorize', {});
cases.at(-1).run = async (t) =>
  t.facts(
    await t.send({
      method: 'POST',
      path: '/wc-auth/v1/authorize',
      body: t.encode(t.defaults()),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }),
  );
const body = (id, title, opts) =>
  cases.push({ id: `transport/${id}`, title, run: async (t) => t.facts(await t.send(opts(t))) });
body('post-body-wins', 'query and body disagree on scope and app_name: which one counts', (t) => ({
  method: 'POST',
  path: t.authPath('authorize', t.defaults({ scope: 'read', app_name: 'Query' })),
  body: 'scope=write&app_name=Body',
  headers: { 'content-type': 'application/x-www-form-urlencoded' },
}));
body('post-json', 'all five sent as JSON', (t) => ({
  method: 'POST',
  path: '/wc-auth/v1/authorize',
  body: JSON.stringify(t.defaults()),
  headers: { 'content-type': 'application/json' },
}));

for (const [id, accept] of Object.entries({
  json: 'application/json',
  xml: 'application/xml',
  html: 'text/html',
  any: '*/*',
}))
  body(`accept-${id}`, `an error asked for with Accept: ${accept}`, () => ({
    path: '/wc-auth/v1/authorize',
    headers: { accept },
  }));
body('error-head', 'HEAD of an error', () => ({ method: 'HEAD', path: '/wc-auth/v1/authorize' }));
cases.push({
  id: 'escaping/bad-url-with-script',
  title: 'a refused URL holding a script element: is it escaped in the page',
  run: async (t) => {
    const r = await t.send({
      path: t.authPath('authorize', t.defaults({ return_url: 'http://<script>alert(1)</script>' })),
    });
    return { ...t.facts(r), escaped: !r.body.includes('<script>alert(1)') };
  },
});
cases.push({
  id: 'escaping/app-name-on-grant-page',
  title: 'entities in app_name on the grant page',
  run: async (t) => {
    const r = await t.send({
      path: t.authPath('authorize', t.defaults({ app_name: 'x&lt;img src=q onerror=alert(1)&gt;' })),
      jar: await t.jar('manager'),
    });
    return { status: r.status, escaped: !/<img src=q/.test(r.body), '~headings': t.page(r)['~headings'] };
  },
});
export default cases;
