import { groupsIn } from '../../server/external-sign-in/oidc/claims';
import { opsAccount, signInWith, startOidcScene } from '../support/sign-in/oidc-scene';

// Where the claims of a person are.

test('reads roles at a path of the ID token, without the userinfo endpoint', async () => {
  const scene = await startOidcScene({
    claimsInIdToken: true,
    env: {
      OIDC_ROLE_CLAIM: 'realm_access.roles',
      OIDC_BUTTON: 'Sign in with Example',
      SIGN_IN: 'local,oidc',
    },
  });
  await scene.provider.setAccount(
    'sub-path',
    opsAccount('path', { groups: ['store-admins'], realm_access: { roles: ['ops'] } }),
  );
  const browser = scene.browser();
  expect((await browser.get('/login')).body).toContain('Sign in with Example');
  const answer = await signInWith(browser, 'sub-path', '/wc-auth/v1/sign-in/oidc?redirect_to=/keys');
  expect(answer.location).toBe(`${scene.store.tlsUrl}/keys`);
  expect(await scene.store.userOf('path')).toMatchObject({ role: 'shop_manager' });
  await scene.close();
});

test.each([
  ['a list', { groups: ['a', 'b'] }, 'groups', ['a', 'b']],
  ['one group as text', { groups: 'a b' }, 'groups', ['a b']],
  ['a path', { realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
  ['a name with dots', { 'https://shop.example/groups': ['a'] }, 'https://shop.example/groups', ['a']],
  ['a list with other values', { groups: ['a', 1, null, ['b'], { c: 'd' }] }, 'groups', ['a']],
  ['no claim', {}, 'groups', []],
  ['a number', { groups: 1 }, 'groups', []],
  ['null', { groups: null }, 'groups', []],
  ['a path through text', { realm_access: 'roles' }, 'realm_access.length', []],
  ['what every object has', {}, 'constructor.name', []],
  ['what every list has', { groups: ['a'] }, 'groups.constructor.name', []],
])('finds groups in %s', (_name, claims, path, groups) => {
  expect(groupsIn(claims, path)).toEqual(groups);
});
