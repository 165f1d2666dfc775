import { RESOURCES } from '../../server/consumer-keys/key-limits';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadLanguages } from '../../server/pages/languages';
import { viewsDirectory } from '../../server/pages/messages';
import type { ShownKey } from '../../server/consumer-keys/shown-key';
import { grantPages, type ConsentPage } from '../../server/grant/grant-pages';
import { assetsVersion } from '../../server/pages/assets';
import { failurePages } from '../../server/pages/failure-pages';
import type { TemplateDependencies } from '../../server/pages/templates';
import { sessionPages, type LoginPage } from '../../server/session/session-pages';

const allPages = (look: TemplateDependencies) => ({
  ...sessionPages(look),
  ...grantPages(look),
  ...failurePages(look),
});
const viewsDir = viewsDirectory();
const messages = loadLanguages().standard;
const store = { name: 'Tea Shop', url: 'https://shop.example/store/' };
const pages = allPages({ store, messages, viewsDir, assetsVersion: 'abc123' });

const key: ShownKey = {
  keyId: 12,
  description: 'Parcels - API (2026-05-02 09:14:03)',
  truncatedKey: 'abcdefg',
  permissions: 'read_write',
  createdAt: new Date('2026-05-02T09:14:03Z'),
  lastAccess: new Date('2026-06-11T17:40:59Z'),
  hasEnded: false,
};

const consent: ConsentPage = {
  appName: 'Parcels',
  scope: 'read',
  callbackHost: 'bücher.example:8443',
  callbackHostAscii: 'xn--bcher-kva.example:8443',
  appAccount: '42',
  returnHost: 'app.example',
  user: { displayName: 'Maren Okafor', login: 'maren' },
  permissions: ['read'],
  resources: RESOURCES,
  lifetimes: [{ value: 'never', days: null, isDefault: true }],
  overlaps: [{ days: 7, isDefault: true }],
  heldKeys: [key],
  parameters: {
    app_name: 'Parcels',
    user_id: '42',
    return_url: 'https://app.example/done',
    callback_url: 'https://bücher.example:8443/cb',
    scope: 'read',
  },
  nonce: 'n0nce',
  signOut: { nonce: 'l0gout', redirectTo: '/store/wc-auth/v1/authorize?a=1&b=2' },
};

const decode = (text: string) =>
  text
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

/** Returns the hidden fields as a browser reads them. */
const hiddenFields = (html: string) =>
  Object.fromEntries(
    [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)].map((m) => [
      decode(m[1]!),
      decode(m[2]!),
    ]),
  );

/** Matches the start tag of the element that has a class. */
const elementWithClass = (html: string, name: string) =>
  new RegExp(`<(\\w+)[^>]*class="(?:[^"]* )?${name}(?: [^"]*)?"[^>]*>`).exec(html);

describe('the texts of a page', () => {
  const evil = (field: string) => `${field}<script>alert(1)</script>"'&amp;<b onclick='x'>`;
  /** Puts hostile markup into every text of a view model, with the path of the text. */
  function poison<T>(model: T, fixed: readonly string[], path = 'model'): T {
    const walk = (value: unknown, at: string, name: string): unknown => {
      if (typeof value === 'string') return fixed.includes(name) ? value : evil(at);
      if (value === null || typeof value !== 'object' || value instanceof Date) return value;
      if (Array.isArray(value)) return value.map((item, i) => walk(item, `${at}.${i}`, name));
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, walk(v, `${at}.${k}`, k)]));
    };
    return walk(model, path, '') as T;
  }
  /** Returns the paths of the hostile texts in a model. */
  const evilPaths = (model: unknown): string[] => [
    ...new Set(JSON.stringify(model).match(/model[\w.]*(?=<script>)/g)),
  ];

  const evilStore = { name: evil('store.name'), url: store.url, logo: evil('store.logo') };
  const evilPages = allPages({ store: evilStore, messages, viewsDir, assetsVersion: evil('version') });

  const login: LoginPage = {
    ...poison(
      {
        action: 'a',
        csrf: 'c',
        hidden: { redirect_to: 'r' },
        grant: { appName: 'n', cancelHref: 'h' },
        username: 'u',
        error: 'e',
        notice: 'n',
      },
      [],
    ),
    ways: [{ way: 'oidc', ...poison({ label: 'l', href: 'h' }, [], 'model.way') }, 'local'],
  };
  const poisonedConsent: ConsentPage = {
    ...poison({ ...consent, heldKeys: [] }, ['scope', 'permissions', 'resources']),
    heldKeys: poison({ heldKeys: [key] }, ['permissions']).heldKeys,
    parameters: poison({ parameters: consent.parameters }, []).parameters,
  };
  const onward = { onward: 'sign_out', ...poison({ href: 'h' }, []) } as const;
  const returned = { ...poison({ appName: 'n', href: 'h' }, []), granted: true };
  const failed = poison(
    {
      message: 'm',
      retryHref: 'r',
      helpHref: 'h',
      failedGrant: {
        appName: 'n',
        cause: 'c',
        fix: 'f',
        operatorFix: 'o',
        backHref: 'b',
        requestId: 'i',
        failedAt: new Date(0),
        hadSelectedKeys: true,
        code: 'c',
      },
    },
    [],
  );
  const explanation = { key: 'users.error.email', values: poison({ email: 'e' }, []) };
  const denied = poison(
    {
      message: 'm',
      retryHref: 'r',
      helpHref: 'h',
      signOut: { displayName: 'd', nonce: 'n', redirectTo: 'r' },
    },
    [],
  );
  const failure = {
    status: 404,
    text: { key: 'users.error.email', values: poison({ email: 'e' }, []) },
    ...poison({ helpHref: 'h' }, []),
  };
  const logout = poison(
    { user: { displayName: 'd', login: 'l' }, nonce: 'n', redirectTo: 'r', cancelHref: 'c' },
    [],
  );
  test.each([
    ['login', login, evilPages.login(login)],
    ['consent', poisonedConsent, evilPages.consent(poisonedConsent)],
    ['signed out here', onward, evilPages.signedOutHere(onward)],
    ['return to app', returned, evilPages.returnToApp(returned)],
    ['access denied', denied, evilPages.accessDenied(denied)],
    ['explained rejection', explanation, evilPages.accessDenied({ message: 'm', explanation })],
    ['failed grant', failed, evilPages.accessDenied(failed)],
    ['failure', failure, evilPages.failure(failure)],
    ['logout', logout, evilPages.confirmLogout(logout)],
    ['first run', {}, evilPages.firstRun()],
  ])('are escaped on the %s page', (_name, model, html) => {
    for (const path of [...evilPaths(model), 'store.name', 'store.logo'])
      expect(html).toContain(
        `${path}&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;amp;&lt;b onclick=&#39;x&#39;&gt;`,
      );
    expect(html.match(/<script\b(?! src="\/store\/wc-auth\/assets\/[a-z-]+\.js\?v=version)/g)).toBeNull();
    expect(html).not.toMatch(/<b /);
    expect(html).not.toContain('alert(1)</');
  });

  test('are never printed as raw markup by a template, except an included partial', () => {
    const files = readdirSync(viewsDir, { recursive: true, encoding: 'utf8' }).filter((f) =>
      f.endsWith('.ejs'),
    );
    expect(files.length).toBeGreaterThan(10);
    for (const file of files)
      expect(readFileSync(join(viewsDir, file), 'utf8')).not.toMatch(/<%-(?!\s*include\()/);
  });
});

describe('every page', () => {
  const all = {
    login: pages.login({ action: '/login', ways: ['local'], csrf: 'c' }),
    consent: pages.consent(consent),
    connected: pages.returnToApp({ appName: 'Parcels', granted: true, href: 'myapp://done' }),
    notConnected: pages.returnToApp({ appName: 'Parcels', granted: false, href: 'myapp://done' }),
    denied: pages.accessDenied({ message: 'Missing parameter scope.' }),
    failed: pages.accessDenied({
      message: 'An error occurred.',
      retryHref: '/store/wc-auth/v1/authorize?a=1',
      failedGrant: {
        appName: 'Parcels',
        cause: 'The app answered with status 500.',
        fix: 'The app must answer 200.',
        operatorFix: 'Raise the limit.',
        backHref: 'https://app.example/done?success=0',
        requestId: 'a1b2c3d4',
        failedAt: new Date('2026-06-11T17:40:59Z'),
        hadSelectedKeys: true,
        status: 500,
        code: 'status',
      },
    }),
    failure: pages.failure({ status: 404 }),
    logout: pages.confirmLogout({ user: consent.user, nonce: 'n', cancelHref: '/store/' }),
    firstRun: pages.firstRun(),
  };

  test.each(Object.entries(all))('follows a strict Content-Security-Policy: %s', (_name, html) => {
    expect(html).not.toMatch(/\sstyle=|\son\w+=|<style|javascript:/i);
    const scripts = [
      'form-progress',
      ...(html.includes('type="password"') ? ['show-password'] : []),
      ...(html.includes('<details class="limit">') ? ['open-changed'] : []),
    ];
    expect(html.match(/<script[^>]*>[^<]*<\/script>/g)).toEqual(
      scripts.map((name) => `<script src="/store/wc-auth/assets/${name}.js?v=abc123" defer></script>`),
    );
    expect(html).toContain('<link rel="stylesheet" href="/store/wc-auth/assets/style.css?v=abc123">');
    expect(html).toContain('<link rel="stylesheet" href="/store/wc-auth/assets/theme.css?v=abc123">');
  });

  test.each(Object.entries(all))(
    'has a language, a title, one h1, the store and its host: %s',
    (_name, html) => {
      expect(html).toMatch(/^<!doctype html>\n<html lang="en" dir="ltr">/);
      expect(html).toMatch(/<title>[^<]+ · Tea Shop<\/title>/);
      expect(html.match(/<h1/g)).toHaveLength(1);
      expect(html).toContain('<p class="store-name"><bdi>Tea Shop</bdi></p>');
      expect(html).toContain('<strong><bdi>shop.example</bdi></strong>');
      expect(html).not.toMatch(/undefined|\[object/);
    },
  );

  test('shows the logo of the store, or a monogram without one', () => {
    expect(all.login).toContain('<span class="mark mark-store" aria-hidden="true">T</span>');
    const withLogo = allPages({
      store: { ...store, logo: 'https://cdn.example/l.png' },
      messages,
      viewsDir,
      assetsVersion: '1',
    });
    expect(withLogo.firstRun()).toContain('<img class="logo" src="https://cdn.example/l.png" alt="">');
  });

  test('has the host of the store in both forms, with a lock beside that of an https store only', () => {
    const footer = (url: string) =>
      /<footer[\s\S]*<\/footer>/.exec(
        allPages({ store: { name: 'x', url }, messages, viewsDir, assetsVersion: '1' }).consent(consent),
      )![0];
    expect(footer('https://shop.example')).toMatch(/<svg[\s\S]*shop\.example/);
    expect(footer('http://shop.example')).not.toContain('<svg');
    expect(footer('http://shop.example')).toContain('<bdi>shop.example</bdi>');
    expect(footer('https://bücher.example')).toContain('bücher.example (xn--bcher-kva.example)');
  });

  test('has no base path for a store at the root of its host', () => {
    const atRoot = allPages({
      store: { name: '', url: 'https://shop.example' },
      messages,
      viewsDir,
      assetsVersion: '1',
    });
    expect(atRoot.consent(consent)).toContain('action="/wc-auth/v1/access_granted"');
    expect(atRoot.firstRun()).toContain('href="/wc-auth/assets/style.css?v=1"');
    expect(atRoot.firstRun()).toContain('aria-hidden="true">?</span>');
  });
});

describe('the template of the login page', () => {
  test('has one form with a user name, a password and the hidden fields', () => {
    const html = pages.login({
      action: '/store/login',
      ways: ['local'],
      csrf: 'c$rf',
      hidden: { redirect_to: '/x?a=1&b=2' },
    });
    expect(html.match(/<form/g)).toHaveLength(1);
    expect(html).toContain('<form class="stack" method="post" action="/store/login" data-progress>');
    expect(html).toMatch(/name="username" type="text" value="" autocomplete="username"/);
    expect(html).toMatch(/name="password" type="password" autocomplete="current-password"/);
    expect(hiddenFields(html)).toEqual({ wc_auth_csrf: 'c$rf', redirect_to: '/x?a=1&b=2' });
    expect(html).not.toMatch(/wc-auth-cancel|role="alert"|role="status"/);
  });

  test('names the app of a grant and links back to it', () => {
    const cancelHref = 'https://app.example/done?x=1&success=0&user_id=42';
    const html = pages.login({
      action: '/l',
      ways: ['local'],
      csrf: 'c',
      grant: { appName: 'Parcels', cancelHref },
    });
    expect(html).toContain('<strong><bdi>Parcels</bdi></strong>');
    expect(decode(elementWithClass(html, 'wc-auth-cancel')![0])).toContain(
      `<a class="wc-auth-cancel link" href="${cancelHref}">`,
    );
  });

  test('shows an error as an alert without "Error:", and keeps the user name', () => {
    const html = pages.login({
      action: '/l',
      ways: ['local'],
      csrf: 'c',
      username: 'maren',
      error: 'That did not match.',
    });
    expect(html).toMatch(/<p [^>]*role="alert"[^>]*>.*That did not match\.<\/span><\/p>/);
    expect(html).toContain('value="maren"');
    expect(html).not.toContain('Error:');
  });

  test('shows a notice as a status', () => {
    expect(
      pages.login({ action: '/l', ways: ['local'], csrf: 'c', notice: messages('signed_out.notice') }),
    ).toMatch(/role="status".*You are signed out\./);
  });
});

describe('the template of the consent page', () => {
  const html = pages.consent(consent);

  test('has Approve, Deny and sign-out as buttons with the classes that scripts look for', () => {
    expect(elementWithClass(html, 'wc-auth-approve')![0]).toMatch(/^<button type="submit"/);
    const deny = elementWithClass(html, 'wc-auth-deny')![0];
    expect(deny).toMatch(/^<button type="submit"/);
    expect(deny).toContain('formaction="/store/wc-auth/v1/access_denied" formnovalidate');
    expect(elementWithClass(html, 'wc-auth-logout')![0]).toMatch(/^<button type="submit"/);
    expect(html.match(/<form/g)).toHaveLength(2);
  });

  test('has hidden fields with the exact bytes', () => {
    const parameters = {
      app_name: 'Ünï &amp; <b>"Co"</b>',
      user_id: 'a+b==&c %2B\ttab\rcr\'"',
      return_url: 'https://app.example/d?x=%20+&y=é#f',
      callback_url: 'https://app.example/cb?a=1&amp;b=2',
      scope: 'read',
    };
    const form = /<form method="post" action="\/store\/wc-auth\/v1\/access_granted"[\s\S]*?<\/form>/.exec(
      pages.consent({ ...consent, parameters }),
    )![0];
    expect(hiddenFields(form)).toEqual({ ...parameters, wc_auth_nonce: 'n0nce', limits: '1' });
    expect(form).not.toContain('\r');
  });

  test('has a sign-out form with its own nonce and a target to return to', () => {
    const form = /<form[^>]*action="\/store\/wc-auth\/v1\/logout"[\s\S]*?<\/form>/.exec(html)![0];
    expect(hiddenFields(form)).toEqual({
      _wpnonce: 'l0gout',
      redirect_to: '/store/wc-auth/v1/authorize?a=1&b=2',
    });
  });

  test('shows the app, the host that receives the keys, and the user who approves', () => {
    for (const text of [
      'Parcels',
      'bücher.example:8443',
      'xn--bcher-kva.example:8443',
      'Maren Okafor',
      'maren',
    ])
      expect(html).toMatch(new RegExp(`<bdi(?: dir="ltr")?>${text.replaceAll('.', '\\.')}</bdi>`));
    expect(pages.consent({ ...consent, callbackHostAscii: '' })).not.toContain('host-ascii');
  });

  test.each([
    ['read', 'Read', 'See products, prices and stock', 'Add, change or delete anything'],
    ['write', 'Write', 'Add, change and delete coupons', 'Browse or look up what is already in your store'],
    [
      'read_write',
      'Read/Write',
      'See, create, change, refund and delete orders',
      'See your password or sign in as you',
    ],
  ] as const)(
    'shows the scope %s as "%s", with what it allows and what it does not',
    (scope, words, allowed, rejected) => {
      const page = pages.consent({ ...consent, scope });
      expect(page).toContain(`<span class="badge">${words}</span>`);
      expect(page).toMatch(new RegExp(`<li class="can">.*<span>${allowed}</span></li>`));
      expect(page).toMatch(new RegExp(`<li class="cannot">.*<span>${rejected}</span></li>`));
    },
  );

  test('offers the keys that the app already has for revocation, unticked', () => {
    expect(html).toContain('<input type="checkbox" name="revoke_key_ids" value="12">');
    expect(html).not.toMatch(/<input[^>]*revoke_key_ids[^>]* checked/);
    expect(html).toContain('<code>…abcdefg</code>');
    expect(html).toContain('<time datetime="2026-05-02T09:14:03.000Z">2026-05-02 09:14 UTC</time>');
    expect(html).toContain('<time datetime="2026-06-11T17:40:59.000Z">2026-06-11 17:40 UTC</time>');
    expect(pages.consent({ ...consent, heldKeys: [] })).not.toContain('revoke_key_ids');
  });

  test('opens a short list of keys and folds a long one', () => {
    const many = Array.from({ length: 12 }, (_, i) => ({ ...key, keyId: i }));
    expect(html).toContain('<details open>');
    expect(pages.consent({ ...consent, heldKeys: many })).toContain('<details>');
  });
});

describe('the templates of the error pages', () => {
  test('show the Access denied message on its own line', () => {
    const html = pages.accessDenied({ message: 'Invalid scope <b>.' });
    expect(html).toContain('<title>Access denied · Tea Shop</title>');
    expect(html).toContain('<h1>Access denied</h1>');
    expect(html).toMatch(/^ *<p class="error-line"[^>]*>Error: Invalid scope &lt;b&gt;\.<\/p>$/m);
    expect(html.match(/Error:/g)).toHaveLength(1);
    expect(html).not.toMatch(/wc-auth-retry|wc-auth-logout/);
  });

  test('offer to try again and to sign in as someone else', () => {
    const html = pages.accessDenied({
      message: 'x',
      retryHref: '/store/wc-auth/v1/authorize?a=1&b=2',
      signOut: { displayName: 'Kim', nonce: 'n', redirectTo: '/r' },
    });
    expect(elementWithClass(html, 'wc-auth-retry')![0]).toMatch(
      /^<a .*href="\/store\/wc-auth\/v1\/authorize\?a=1&amp;b=2">$/,
    );
    expect(elementWithClass(html, 'wc-auth-logout')![0]).toMatch(/^<button type="submit"/);
    expect(html).toContain('<bdi>Kim</bdi>');
    expect(hiddenFields(html)).toEqual({ _wpnonce: 'n', redirect_to: '/r' });
  });

  test.each([
    [404, 'Page not found'],
    [405, 'This page does not accept this request'],
    [413, 'The request is too large'],
    [500, 'Something went wrong'],
    [503, 'The store is too busy'],
    [418, 'The request could not be read'],
    [502, 'Something went wrong'],
  ])('have for status %i the title "%s"', (status, title) => {
    const html = pages.failure({ status });
    expect(html).toContain(`<h1>${title}</h1>`);
    expect(html).toContain(`Status ${status}`);
    expect(html).not.toContain('Error:');
  });
});

describe('the template of the sign-out page', () => {
  test('asks, and offers to sign out everywhere', () => {
    const html = pages.confirmLogout({
      user: consent.user,
      nonce: 'n',
      redirectTo: '/x',
      cancelHref: '/store/',
    });
    expect(html).toContain('<h1>Do you want to sign out?</h1>');
    expect(hiddenFields(html)).toEqual({ _wpnonce: 'n', confirm: '1', redirect_to: '/x' });
    expect(html).toContain('<input type="checkbox" name="everywhere" value="1">');
    expect(html).toMatch(/<a [^>]*href="\/store\/">Cancel<\/a>/);
    const bare = pages.confirmLogout({ user: consent.user, nonce: 'n', cancelHref: '/' });
    expect(hiddenFields(bare)).toEqual({ _wpnonce: 'n', confirm: '1' });
  });
});

test('the template of the first run shows the command that creates a manager', () => {
  const command = /<code>([\s\S]*?)<\/code>/.exec(pages.firstRun())![1]!.replace(/<[^>]*>/g, '');
  expect(command).toBe('npx wc-auth init LOGIN --email ADDRESS');
});

test('the version of the assets changes with the theme', () => {
  expect(assetsVersion(viewsDir, 'a')).toMatch(/^[0-9a-f]{12}$/);
  expect(assetsVersion(viewsDir, 'a')).toBe(assetsVersion(viewsDir, 'a'));
  expect(assetsVersion(viewsDir, 'a')).not.toBe(assetsVersion(viewsDir, 'b'));
});
