import { approve, ask, route } from '../support/scenes/grant-scene';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { opsAccount, signInWith, startOidcScene, type OidcScene } from '../support/sign-in/oidc-scene';
import { isSignedIn } from '../support/store/test-store';

// Sign-in with OpenID Connect, against oidc-provider.

let scene: OidcScene;
let receiver: HttpsReceiver;
beforeAll(async () => {
  [scene, receiver] = await Promise.all([startOidcScene(), startHttpsReceiver()]);
});
afterAll(async () => {
  await Promise.all([scene.close(), receiver.stop()]);
});

const events = async (login: string) => {
  const { userId } = await scene.store.userOf(login);
  return (await scene.store.app.audit.list(50))
    .filter((entry) => entry.userId === userId || ('login' in entry.detail && entry.detail.login === login))
    .map(({ event }) => event)
    .reverse();
};

test('the first sign-in of a person with a role creates an account without a usable password', async () => {
  await scene.provider.setAccount('sub-tom', opsAccount('tom'));
  const browser = scene.browser();
  const answer = await signInWith(browser, 'sub-tom');
  expect([answer.status, answer.location]).toEqual([302, `${scene.store.tlsUrl}/`]);
  expect(await isSignedIn(browser)).toBe(true);
  expect(await scene.store.userOf('tom')).toMatchObject({
    login: 'tom',
    email: 'tom@people.test',
    name: 'tom Test',
    role: 'shop_manager',
  });
  expect(await events('tom')).toEqual(['user.added', 'session.signed_in']);
});

test('the five parameters of a grant come back byte for byte, and the app gets its key', async () => {
  await scene.provider.setAccount('sub-grant', opsAccount('grant'));
  const browser = scene.browser();
  const asked = ask({
    app_name: 'Büro & Söhne + "Parcel" %2F ☃',
    user_id: 'id=1&x=%26+2',
    return_url: 'https://app.example/done?a=b%20c&d=%C3%BC#part',
    callback_url: receiver.url('/cb'),
  });
  const answer = await signInWith(browser, 'sub-grant', route('authorize', asked));
  expect(answer.location).toBe(scene.store.tlsUrl + route('authorize', asked));
  const page = await browser.get(answer.location);
  const { fields } = page.form('wc_auth_nonce');
  expect(fields).toMatchObject(asked);
  const approved = await approve(browser, { page, fields, nonce: fields['wc_auth_nonce'] ?? '' });
  expect(approved.location).toMatch(/^https:\/\/app\.example\/done\?a=b%20c&d=%C3%BC/);
  expect(receiver.received('/cb')).toHaveLength(1);
});
