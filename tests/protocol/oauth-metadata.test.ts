import { startTestStore } from '../support/store/test-store';

// Protocol 4: `/.well-known/oauth-authorization-server` (RFC 8414).

const WELL_KNOWN = '/.well-known/oauth-authorization-server';

const metadataOf = (issuer: string) => ({
  issuer,
  revocation_endpoint: `${issuer}/wc-auth/v1/revoke`,
  revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
  response_types_supported: [],
  grant_types_supported: [],
});

test('the OAuth metadata name the issuer and the revocation_endpoint as STORE_URL spells them', async () => {
  const store = await startTestStore({ tls: true });
  for (const base of [store.url, store.tlsUrl])
    for (const path of [WELL_KNOWN, `${WELL_KNOWN}/`]) {
      const answer = await store.browser(base).get(path);
      expect([answer.status, answer.json()]).toEqual([200, metadataOf(store.tlsUrl)]);
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    }
  expect((await store.browser().send('HEAD', WELL_KNOWN)).status).toBe(200);
  await store.close();
});

test('the OAuth metadata of a STORE_URL with a path are before the path (RFC 8414 section 3.1), below it, and without it', async () => {
  const store = await startTestStore({ tls: true, path: '/store' });
  const { origin } = new URL(store.tlsUrl);
  for (const path of [`${WELL_KNOWN}/store`, `/store${WELL_KNOWN}`, WELL_KNOWN])
    expect((await store.browser(origin).get(path)).json()).toEqual(metadataOf(`${origin}/store`));
  await store.close();
});

test.each(['/a:b', '/sh(o)p', '/caf%C3%A9', '/x+y*', '/a/b'])(
  'the OAuth metadata exist for a path that looks like a pattern: %s',
  async (path) => {
    const store = await startTestStore({ path });
    const { origin } = new URL(store.url);
    const answer = await store.browser(origin).get(`${WELL_KNOWN}${new URL(store.url).pathname}`);
    expect([answer.status, answer.json()]).toEqual([200, metadataOf(store.config.storeUrl.href)]);
    await store.close();
  },
);

test('the OAuth metadata do not exist at another path, or for a POST', async () => {
  const store = await startTestStore({ path: '/store' });
  const { origin } = new URL(store.url);
  const browser = store.browser(origin);
  for (const path of [`${WELL_KNOWN}/other`, `${WELL_KNOWN}/store/more`, '/.well-known/openid-configuration'])
    expect((await browser.get(path)).status).toBe(404);
  expect((await browser.post(WELL_KNOWN, {})).status).toBe(404);
  await store.close();
});
