import { createHash } from 'node:crypto';
import { seedKey } from '../support/scenes/console-scene';
import { ask, route } from '../support/scenes/grant-scene';
import { encodeForm, type Answer, type HttpBrowser } from '../support/http/http-browser';
import { withRoutes } from '../support/http/routes';
import { startTestStore, type TestStore } from '../support/store/test-store';

const GRANT = String.raw`/^\/wc-auth\/v1(?:\/|$)/`;
const SHOPPER_LOGOUT = String.raw`/^\/shopper\/auth\/v1\/organizations\/[^/]+\/oauth2\/logout\/?$/i`;
/** Targets of routes whose path is a pattern, or that show more with a query. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  [GRANT]: ['authorize', 'login', 'access_granted', 'access_denied', 'nonsense'].map((name) =>
    route(name, ask()),
  ),
  [SHOPPER_LOGOUT]: ['/shopper/auth/v1/organizations/o/oauth2/logout'],
  '/keys/revoke': ['/keys/revoke', '/keys/revoke?key_id[]=1'],
  '/apps/disconnect': ['/apps/disconnect', '/apps/disconnect?app=Parcel%20Pilot&user_id=1'],
  '/users/:userId/role': ['/users/2/role?role=customer'],
};
/** Targets that no route of Express answers, or that fail. */
const FURTHER = [
  '/nothing/here',
  '/keys/%zz',
  '/keys/999',
  '/wc-auth/v1/authorize',
  '/wc-auth/v2/authorize',
  '/history?event=nonsense',
  '/.well-known/oauth-authorization-server',
  '/wc-auth/assets/nothing.css',
];
const ASSETS = ['/wc-auth/assets/theme.css', '/wc-auth/assets/style.css', '/wc-auth/assets/favicon.svg'];
const ENDPOINTS = ['/wp-json/', '/wp-json/wc/v3', '/wp-json/wc/v3/products', '/wc-auth/v1/verify'];

const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
const ALWAYS = {
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
} as const;

/** Pages that an app may have opened in a window of its own (protocol 2.2). */
const OPENED_BY_APPS = /^\w+ \/(?:wc-auth\/v1\/|login\b)/;

interface Seen {
  readonly what: string;
  readonly answer: Answer;
}

let store: TestStore;
let routes: readonly string[];
let visitors: Readonly<Record<'anonymous' | 'customer' | 'manager', HttpBrowser>>;
let swept: readonly Seen[];
beforeAll(async () => {
  [store, routes] = await withRoutes(() => startTestStore({ tls: true }));
  await store.addUser('jonas', 'shop_manager');
  await store.addUser('tom', 'customer');
  await seedKey(store);
  visitors = {
    anonymous: store.browser(store.tlsUrl),
    customer: await store.signInByForm('tom'),
    manager: await store.signInByForm(),
  };
  swept = await sweep();
}, 120_000);
afterAll(() => store.close());

/**
 * Returns a request for every target of every route. A route of all methods gets GET, POST and PUT.
 */
function requests(): [method: string, target: string][] {
  const known = routes.flatMap((name): [string, string][] => {
    const [method = '', path = ''] = name.split(/ (.*)/s);
    if (path.startsWith('/wc-auth/assets/')) return [];
    const targets = TARGETS[path] ?? [path.replace(':keyId', '1').replace(':userId', '2')];
    const methods = method === 'ALL' ? ['GET', 'POST', 'PUT'] : method === 'GET' ? ['GET', 'HEAD'] : [method];
    return targets.flatMap((target) => methods.map((each): [string, string] => [each, target]));
  });
  return [
    ...known,
    ...FURTHER.flatMap((target): [string, string][] => [
      ['GET', target],
      ['POST', target],
    ]),
  ];
}

/**
 * Sends all requests. The forms have no token, so nothing changes and every visitor stays signed
 * in.
 */
async function sweep(): Promise<Seen[]> {
  const seen: Seen[] = [];
  for (const [method, target] of requests())
    for (const [name, visitor] of Object.entries(visitors))
      for (const accept of name === 'anonymous' ? ['text/html', 'application/json'] : ['text/html']) {
        const body = method === 'POST' ? { body: 'x=1' } : {};
        const answer = await visitor.send(method, target, { headers: { accept }, ...body });
        seen.push({ what: `${method} ${target} by ${name}`, answer });
      }
  return seen;
}

test('sends the headers that restrict a browser with every answer and every rejection', () => {
  for (const {
    what,
    answer: { headers },
  } of swept) {
    const policy = String(headers['content-security-policy']);
    expect([what, policy.replace("form-action 'self' https: http:;", "form-action 'self';")]).toEqual([
      what,
      POLICY,
    ]);
    expect({ what, ...headers }).toMatchObject({ what, ...ALWAYS });
    expect([what, headers['strict-transport-security']]).toEqual([what, 'max-age=31536000']);
    expect([what, headers['cache-control']]).toEqual([what, 'no-store']);
    expect([what, headers['x-powered-by'], headers['server']]).toEqual([what, undefined, undefined]);
  }
  expect(swept.length).toBeGreaterThan(250);
});

test('the headers keep the window of an app connected below /wc-auth/v1/ and at /login, and disconnect it everywhere else', () => {
  const seen = swept.map(({ what, answer }) => [what, answer.headers['cross-origin-opener-policy']]);
  expect(seen).toEqual(
    swept.map(({ what }) => [what, OPENED_BY_APPS.test(what) ? undefined : 'same-origin']),
  );
  expect(swept.filter(({ what }) => OPENED_BY_APPS.test(what)).length).toBeGreaterThan(100);
});

test.each([
  ['GET', '/index.php/wc-auth/v1/authorize'],
  ['GET', '/WC-Auth/V1/Authorize/'],
  ['GET', '/wc-auth/v1'],
  ['GET', '/wc-auth/v1/authorize/more'],
  ['GET', '/?wc-auth-version=1&wc-auth-route=authorize'],
  ['POST', '/wc-auth/v1/access_granted'],
  ['DELETE', '/wc-auth/v1/login'],
  ['GET', '/LOGIN'],
  ['GET', '/login/'],
  ['POST', '/login'],
])(
  'the headers keep the window connected for %s %s under any name, over http and https, and with a body that is too large',
  async (method, path) => {
    const target = `${path}${path.includes('?') ? '&' : '?'}${encodeForm({ ...ask() })}`;
    for (const browser of [visitors.manager, visitors.anonymous, store.browser(store.url)])
      for (const length of method === 'GET' ? [0] : [3, 70_000]) {
        const body = length > 0 ? { body: 'x'.repeat(length) } : {};
        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const answer = await browser.send(method, target, { headers, ...body });
        expect([answer.status, answer.headers['cross-origin-opener-policy']]).toEqual([
          answer.status,
          undefined,
        ]);
      }
  },
);

test('no page has an inline script, style or handler, or loads anything from another host', () => {
  const pages = new Set<string>();
  for (const {
    what,
    answer: { headers, body },
  } of swept) {
    if (!String(headers['content-type']).startsWith('text/html')) continue;
    pages.add(createHash('sha256').update(body).digest('hex'));
    expect([
      what,
      body.match(/<script(?![^>]*\ssrc=)[^>]*>|<style\b|\sstyle=|\son\w+=|javascript:/i),
    ]).toEqual([what, null]);
    const loaded = [
      ...body.matchAll(/<(?:script|img|link|iframe|object|embed|source)\b[^>]*?\s(?:src|href)="([^"]*)"/g),
    ];
    for (const [, address = ''] of loaded)
      expect([what, address]).toEqual([what, expect.stringMatching(/^(?:\/(?!\/)|data:image\/)/)]);
  }
  expect(pages.size).toBeGreaterThan(20);
});

test('lets only the forms of the consent page lead to the app', async () => {
  const { manager } = visitors;
  const target = (url: string) => route('authorize', ask({ return_url: url }));
  const actionsOf = async (page: string) =>
    /form-action ([^;]*)/.exec(String((await manager.get(page)).headers['content-security-policy']))?.[1];
  expect(await actionsOf(target('https://app.example/done'))).toBe("'self' https: http:");
  expect(await actionsOf(target('my.app-1://done'))).toBe("'self' https: http: my.app-1:");
  const loose = swept
    .filter(({ answer }) => String(answer.headers['content-security-policy']).includes('https:'))
    .map(({ what }) => what);
  expect(
    loose.filter(
      (what) => !/^(?:GET|HEAD|POST) \/wc-auth\/v1\/(?:authorize|access_granted|access_denied)\?/.test(what),
    ),
  ).toEqual([]);
});

test.each(ASSETS)('allows the browser to cache %s, and no other site to load it', async (target) => {
  const { status, headers } = await visitors.anonymous.get(target);
  expect(status).toBe(200);
  expect(headers).toMatchObject({ ...ALWAYS, 'cache-control': 'public, max-age=31536000, immutable' });
});

test.each(ENDPOINTS)('answers %s as uncached JSON with nosniff', async (target) => {
  const { headers } = await visitors.anonymous.get(target);
  expect(headers).toMatchObject({
    'content-type': expect.stringMatching(/^application\/json/),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
});

test('does not ask browsers for TLS when the store has none', async () => {
  const plain = await startTestStore();
  try {
    expect((await plain.browser().get('/login')).headers['strict-transport-security']).toBeUndefined();
  } finally {
    await plain.close();
  }
});
