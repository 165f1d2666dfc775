import {
  beginAt,
  opsAccount,
  signInThere,
  signInWith,
  startOidcScene,
  type OidcScene,
} from '../support/sign-in/oidc-scene';

// A store whose STORE_URL has a path, such as https://shop.example/store.

let scene: OidcScene;
beforeAll(async () => {
  scene = await startOidcScene({ path: '/store' });
  await scene.provider.setAccount('sub-tom', opsAccount('tom'));
});
afterAll(() => scene.close());

test('a person signs in to a store below a path, and comes back to the page below that path', async () => {
  const browser = scene.browser();
  const answer = await signInWith(browser, 'sub-tom', '/login?redirect_to=%2Fstore%2Fkeys');
  expect([answer.status, answer.location]).toEqual([302, `${scene.store.tlsUrl}/keys`]);
  expect((await browser.get('/keys')).status).toBe(200);
});

test('a person signs in behind a proxy that removes the path of the store', async () => {
  const browser = scene.browser();
  const back = await signInThere(browser, await beginAt(browser, '/login'), 'sub-tom');
  expect(back).toContain('/store/wc-auth/v1/oidc/callback?');
  const answer = await browser.get(back.replace('/store/', '/'));
  expect([answer.status, answer.location]).toEqual([302, `${scene.store.tlsUrl}/`]);
});
