// Which paths are the authorization endpoint.
const cases = [];
const at = (id, title, make, { who, method, body, headers, base } = {}) =>
  cases.push({
    id,
    title,
    run: async (t) => {
      const path = make(t, t.encode(t.defaults()));
      return t.facts(await t.send({ path, jar: await t.jar(who), method, body, headers, base }));
    },
  });
const known = ['authorize', 'login', 'access_granted'];
for (const r of known) {
  at(`${r}/plain`, `${r}, not signed in`, (t, q) => `/wc-auth/v1/${r}?${q}`);
  at(`${r}/slash`, `${r}/ with a trailing slash`, (t, q) => `/wc-auth/v1/${r}/?${q}`);
  at(`${r}/upper`, `${r} in capitals`, (t, q) => `/wc-auth/v1/${r.toUpperCase()}?${q}`);
  at(`${r}/manager`, `${r} as the manager`, (t, q) => `/wc-auth/v1/${r}?${q}`, { who: 'manager' });
  at(`${r}/shopper`, `${r} as a customer`, (t, q) => `/wc-auth/v1/${r}?${q}`, { who: 'shopper' });
  at(`${r}/admin`, `${r} as an administrator`, (t, q) => `/wc-auth/v1/${r}?${q}`, { who: 'admin' });
  at(`${r}/no-params-manager`, `${r} as the manager without parameters`, () => `/wc-auth/v1/${r}`, {
    who: 'manager',
  });
  at(
    `${r}/plain-permalink`,
    `${r} through the query-string form`,
    (t, q) => `/?wc-auth-version=1&wc-auth-route=${r}&${q}`,
  );
}
at('unknown/nobody', 'an unknown route', (t, q) => `/wc-auth/v1/nothing?${q}`);
at('unknown/manager', 'an unknown route as the manager', (t, q) => `/wc-auth/v1/nothing?${q}`, {
  who: 'manager',
});
at('unknown/no-params', 'an unknown route without parameters', () => '/wc-auth/v1/nothing');
at('unknown/v2', 'version 2', (t, q) => `/wc-auth/v2/authorize?${q}`);
at('unknown/v0', 'version 0', (t, q) => `/wc-auth/v0/authorize?${q}`);
at('unknown/prefix-dir', '/shop/wc-auth/v1/authorize', (t, q) => `/shop/wc-auth/v1/authorize?${q}`);
at(
  'plain-permalink/index-php',
  'query-string form on index.php',
  (t, q) => `/index.php?wc-auth-version=1&wc-auth-route=authorize&${q}`,
);
export default cases;
