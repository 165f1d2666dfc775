import { siteRoles, type RoleReason } from '../../server/import/wordpress/capabilities';
import type { Role } from '../../server/users/user';

type Entries = Record<string, boolean>;
const serialized = (entries: Record<string, string>) =>
  `a:${Object.keys(entries).length}:{${Object.entries(entries)
    .map(([name, value]) => `s:${Buffer.byteLength(name)}:"${name}";${value}`)
    .join('')}}`;
const capabilities = (entries: Entries) =>
  serialized(Object.fromEntries(Object.entries(entries).map(([name, is]) => [name, `b:${is ? 1 : 0};`])));
const rolesOption = (roles: Record<string, Entries>) =>
  serialized(
    Object.fromEntries(
      Object.entries(roles).map(([name, has]) => [
        name,
        serialized({ name: 's:1:"x";', capabilities: capabilities(has) }),
      ]),
    ),
  );

const MANAGES = { manage_woocommerce: true };
const SHOP = {
  administrator: { ...MANAGES, manage_options: true },
  editor: { edit_posts: true },
  subscriber: { read: true },
  customer: { read: true },
  shop_manager: { ...MANAGES, edit_posts: true },
  warehouse: { ...MANAGES, read: true },
  packer: { read: true },
  no_money: { manage_woocommerce: false },
};

interface Options {
  readonly roles?: string | undefined;
  readonly mapped?: Record<string, Role>;
  readonly siteAdmins?: string;
  readonly login?: string;
}
function roleOf(entries: Entries | string | null | undefined, options: Options = {}) {
  const { roles, mapped, siteAdmins, login } = {
    roles: rolesOption(SHOP),
    mapped: {},
    login: 'x',
    ...options,
  };
  const site = siteRoles({ userRoles: roles, siteAdmins, mapped: new Map(Object.entries(mapped)) });
  return site.roleOf(login, typeof entries === 'object' && entries ? capabilities(entries) : entries);
}
const rests = (reason: RoleReason) => ({ role: 'customer', reason });
const NO_OPTIONS = { roles: undefined };

describe.each([
  ['with the roles of the site', {}],
  ['without the options table', NO_OPTIONS],
])('%s', (_name, options) => {
  test.each<[string, Entries, Role]>([
    ['an administrator', { administrator: true }, 'administrator'],
    ['a shop manager', { shop_manager: true }, 'shop_manager'],
    ['a customer who is also a shop manager', { customer: true, shop_manager: true }, 'shop_manager'],
    ['an editor who is also an administrator', { editor: true, administrator: true }, 'administrator'],
    [
      'a subscriber with the capability alone',
      { subscriber: true, manage_woocommerce: true },
      'shop_manager',
    ],
    ['a user with the capability and no role', { manage_woocommerce: true }, 'shop_manager'],
    ['an administrator with the capability twice', { administrator: true, ...MANAGES }, 'administrator'],
  ])('brings over %s', (_who, entries, role) => {
    expect(roleOf(entries, options)).toEqual({ role });
  });

  test.each<[string, Entries | null | undefined | string, RoleReason]>([
    ['a customer', { customer: true }, { kind: 'role', names: ['customer'] }],
    ['an editor', { editor: true, customer: true }, { kind: 'role', names: ['editor', 'customer'] }],
    ['a user without roles', {}, { kind: 'no-role' }],
    ['a user without a row', undefined, { kind: 'no-role' }],
    ['a user whose row holds NULL', null, { kind: 'no-role' }],
    ['a user whose row is empty', '', { kind: 'no-role' }],
    ['a role that is set to false', { shop_manager: false }, { kind: 'no-role' }],
    [
      'a shop manager without the capability',
      { shop_manager: true, manage_woocommerce: false },
      { kind: 'taken-away' },
    ],
    [
      'an administrator without the capability',
      { administrator: true, manage_woocommerce: false },
      { kind: 'taken-away' },
    ],
    [
      'a customer without it',
      { customer: true, manage_woocommerce: false },
      { kind: 'role', names: ['customer'] },
    ],
    ['nothing but its absence', { manage_woocommerce: false }, { kind: 'no-role' }],
  ])('gives no access to %s', (_who, entries, reason) => {
    expect(roleOf(entries, options)).toEqual(rests(reason));
  });

  test('lets a mapped role count as the role that a person chose', () => {
    const mapped = { warehouse: 'shop_manager', packer: 'shop_manager', boss: 'administrator' } as const;
    expect(roleOf({ warehouse: true }, { ...options, mapped })).toEqual({ role: 'shop_manager' });
    // Also without the capability.
    expect(roleOf({ packer: true, customer: true }, { ...options, mapped })).toEqual({
      role: 'shop_manager',
    });
    expect(roleOf({ boss: true }, { ...options, mapped })).toEqual({ role: 'administrator' });
    expect(roleOf({ warehouse: false, customer: true }, { ...options, mapped })).toEqual(
      rests({ kind: 'role', names: ['customer'] }),
    );
  });

  test("lets a user's own false win over a mapped role", () => {
    const entries = { warehouse: true, manage_woocommerce: false };
    expect(roleOf(entries, { ...options, mapped: { warehouse: 'shop_manager' } })).toEqual(
      rests({ kind: 'taken-away' }),
    );
  });

  test('makes an administrator of every super admin of a network, whatever the role on the site', () => {
    const siteAdmins = 'a:2:{i:0;s:5:"admin";i:1;s:7:"éric";}'.replace('s:7', 's:5');
    for (const entries of [undefined, { customer: true }, { manage_woocommerce: false }])
      expect(roleOf(entries, { ...options, siteAdmins, login: 'admin' })).toEqual({ role: 'administrator' });
    expect(roleOf(undefined, { ...options, siteAdmins, login: 'éric' })).toEqual({ role: 'administrator' });
    expect(roleOf(undefined, { ...options, siteAdmins, login: 'Admin' })).toEqual(rests({ kind: 'no-role' }));
  });

  test('gives no access if the stored roles have wrong lengths, and says where', () => {
    expect(roleOf('a:1:{s:13:"shop_manager";b:1;}', options)).toEqual(
      rests({
        kind: 'unreadable',
        message: 'at byte 5, a text does not end after its 13 bytes ("s:13:\\"shop_manager\\";")',
      }),
    );
    expect(roleOf('s:12:"shop_manager";', options)).toEqual(
      rests({ kind: 'unreadable', message: 'it is not an array' }),
    );
  });

  test('takes every value for true that PHP takes for true', () => {
    expect(roleOf('a:1:{s:12:"shop_manager";s:1:"1";}', options)).toEqual({ role: 'shop_manager' });
    expect(roleOf('a:2:{s:12:"shop_manager";i:1;s:18:"manage_woocommerce";s:1:"0";}', options)).toEqual(
      rests({ kind: 'taken-away' }),
    );
  });
});

test.each<[Entries, string]>([
  [{ warehouse: true }, 'warehouse'],
  [{ customer: true, warehouse: true }, 'warehouse'],
])('does not trust a role of a plugin that is alone in having the capability: %j', (entries, name) => {
  expect(roleOf(entries)).toEqual(rests({ kind: 'custom-role', name, isJudged: true }));
});

test('trusts a user with a role of a plugin who has the capability in another way', () => {
  expect(roleOf({ warehouse: true, manage_woocommerce: true })).toEqual({ role: 'shop_manager' });
  expect(roleOf({ warehouse: true, shop_manager: true })).toEqual({ role: 'shop_manager' });
  expect(roleOf({ warehouse: true, administrator: true })).toEqual({ role: 'administrator' });
});

test('cannot judge a role of a plugin without the options table', () => {
  expect(roleOf({ warehouse: true }, NO_OPTIONS)).toEqual(
    rests({ kind: 'custom-role', name: 'warehouse', isJudged: false }),
  );
  // Beside a stock role, an unknown entry is more likely a single capability.
  expect(roleOf({ customer: true, view_reports: true }, NO_OPTIONS)).toEqual(
    rests({ kind: 'role', names: ['customer'] }),
  );
});

test('follows a site that changed its roles', () => {
  const roles = rolesOption({
    ...SHOP,
    shop_manager: { edit_posts: true },
    editor: { ...MANAGES },
    customer: { manage_woocommerce: false },
  });
  expect(roleOf({ shop_manager: true }, { roles })).toEqual(rests({ kind: 'role', names: ['shop_manager'] }));
  expect(roleOf({ editor: true }, { roles })).toEqual({ role: 'shop_manager' });
});

test('lets the later of two roles win that say different things, as WordPress does', () => {
  expect(roleOf({ shop_manager: true, no_money: true })).toEqual(
    rests({ kind: 'role', names: ['shop_manager', 'no_money'] }),
  );
  expect(roleOf({ no_money: true, shop_manager: true })).toEqual({ role: 'shop_manager' });
});

test('ignores a role that the site does not have any more', () => {
  expect(roleOf({ gone: true })).toEqual(rests({ kind: 'role', names: ['gone'] }));
  const roles = rolesOption({ administrator: SHOP.administrator });
  expect(roleOf({ shop_manager: true }, { roles })).toEqual(rests({ kind: 'role', names: ['shop_manager'] }));
});

test('uses the stock roles, and says so, if the roles of the site cannot be read', () => {
  const site = siteRoles({
    userRoles: 'a:1:{s:13:"shop_manager";N;}',
    siteAdmins: 'broken',
    mapped: new Map(),
  });
  expect(site.problem).toMatch(/^at byte 5, a text does not end after its 13 bytes/);
  expect(site.siteAdminsProblem).toBe('at byte 0, no value starts ("broken")');
  expect(site.roleOf('x', capabilities({ shop_manager: true }))).toEqual({ role: 'shop_manager' });
});
