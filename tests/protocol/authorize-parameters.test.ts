import { encodeForm, type HttpBrowser } from '../support/http/http-browser';
import { textOf, titleOf } from '../support/http/html-forms';
import { ask, route, type Ask } from '../support/scenes/grant-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: HttpBrowser;
beforeAll(async () => {
  store = await startTestStore();
  browser = store.browser();
});
afterAll(() => store.close());

const NAMES = ['app_name', 'user_id', 'return_url', 'callback_url', 'scope'] as const;
const AUTHORIZE = '/wc-auth/v1/authorize';

const without = (...names: readonly string[]) =>
  Object.fromEntries(Object.entries(ask()).filter(([name]) => !names.includes(name)));

async function errorOf(query: string): Promise<string> {
  const answer = await browser.get(`${AUTHORIZE}?${query}`);
  expect(answer.status).toBe(401);
  expect(titleOf(answer.body)).toMatch(/^Access denied/);
  return /Error: .*?(?= Go back to the app|$)/.exec(textOf(answer.body))?.[0] ?? '';
}

describe('the presence of each of the five parameters', () => {
  test.each(NAMES)('rejects a request whose %s is absent, empty or 0', async (name) => {
    const expected = `Error: Missing parameter ${name}. `.trim();
    expect(await errorOf(encodeForm(without(name)))).toContain(expected);
    expect(await errorOf(encodeForm({ ...ask(), [name]: '' }))).toContain(expected);
    expect(await errorOf(encodeForm({ ...ask(), [name]: '0' }))).toContain(expected);
  });

  test.each(['00', ' ', '0.0', 'false'])('accepts %j as a value', async (value) => {
    const answer = await browser.get(route('authorize', ask({ user_id: value })));
    expect(answer.status).toBe(302);
  });

  test('names the first missing parameter in the order app_name, user_id, return_url, callback_url, scope', async () => {
    for (const [at, name] of NAMES.entries())
      expect(await errorOf(encodeForm(without(...NAMES.slice(at))))).toContain(`Missing parameter ${name}.`);
  });
});

describe('a parameter with several values', () => {
  test.each(NAMES)('rejects %s as an array', async (name) => {
    const rest = encodeForm(without(name));
    expect(await errorOf(`${rest}&${name}[]=a`)).toContain(`Error: Invalid parameter ${name}.`);
    expect(await errorOf(`${rest}&${name}%5Bx%5D=a`)).toContain(`Error: Invalid parameter ${name}.`);
  });

  test('uses the last value of a plain repetition', async () => {
    const answer = await browser.get(`${AUTHORIZE}?user_id=first&${encodeForm({ ...ask() })}`);
    expect(new URL(answer.location).searchParams.getAll('user_id')).toEqual(['42']);
  });

  test.each([
    ['bytes that are not UTF-8', '%ff%fe'],
    ['half a character', '%e2%82'],
    ['a NUL', 'a%00b'],
  ])('rejects %s, because they could not come back as they were sent', async (_what, value) => {
    expect(await errorOf(`${encodeForm(without('user_id'))}&user_id=${value}`)).toContain(
      'Error: Invalid parameter user_id.',
    );
  });
});

describe('the order of the parameter checks', () => {
  const broken: readonly [string, Partial<Ask>, string][] = [
    [
      'checks the scope before the URLs',
      { scope: 'admin', return_url: 'x y', callback_url: 'x y' },
      'Invalid scope admin.',
    ],
    [
      'checks return_url before callback_url',
      { return_url: 'https://a b', callback_url: 'https://c d' },
      'The https://a b is not a valid URL.',
    ],
    [
      'checks that callback_url is a URL',
      { callback_url: 'https://c d' },
      'The https://c d is not a valid URL.',
    ],
    [
      'checks last that callback_url is over SSL',
      { callback_url: 'http://app.example/cb' },
      'The callback_url needs to be over SSL.',
    ],
  ];
  test.each(broken)('%s', async (_what, changes, message) => {
    expect(await errorOf(encodeForm({ ...ask(changes) }))).toContain(`Error: ${message}`);
  });

  test('checks that each parameter is present and one string before it looks at the next one', async () => {
    for (const [at, name] of NAMES.entries())
      for (const later of NAMES.slice(at + 1)) {
        const rest = encodeForm(without(name, later));
        expect([later, await errorOf(`${name}[]=a&${rest}`)]).toEqual([
          later,
          expect.stringContaining(`Error: Invalid parameter ${name}.`),
        ]);
        expect([later, await errorOf(`${later}[]=a&${rest}`)]).toEqual([
          later,
          expect.stringContaining(`Error: Missing parameter ${name}.`),
        ]);
      }
  });

  test('rejects an array before a wrong scope', async () => {
    expect(
      await errorOf(`callback_url[]=a&scope=admin&${encodeForm(without('callback_url', 'scope'))}`),
    ).toContain('Invalid parameter callback_url.');
  });

  test.each(['READ', 'Read', 'read ', 'read-write', 'read_write\n', 'admin', 'constructor', '__proto__'])(
    'rejects the scope %j, which is not exactly read, write or read_write',
    async (scope) => {
      expect(await errorOf(encodeForm({ ...ask({ scope }) }))).toContain(
        `Error: Invalid scope ${scope.trim()}`,
      );
    },
  );

  test('runs the checks on every route before anything else', async () => {
    for (const name of ['authorize', 'login', 'access_granted', 'access_denied', 'nothing']) {
      const answer = await browser.get(`/wc-auth/v1/${name}?${encodeForm(without('scope'))}`);
      expect([answer.status, textOf(answer.body)]).toEqual([
        401,
        expect.stringContaining('Missing parameter scope.'),
      ]);
    }
  });
});

describe('the line below the error', () => {
  const rest = (name: string) => encodeForm(without(name));
  const lines: readonly [string, string, string][] = [
    ...NAMES.map((name): [string, string, string] => [
      `Missing parameter ${name}.`,
      rest(name),
      { scope: 'The app must send read, write or read_write as scope.' }[name as string] ?? `as ${name}`,
    ]),
    ...NAMES.map((name): [string, string, string] => [
      `Invalid parameter ${name}.`,
      `${rest(name)}&${name}[]=secret-value`,
      `Send ${name} once, as one text in UTF-8.`,
    ]),
    ['Invalid scope readwrite.', `${rest('scope')}&scope=readwrite`, 'Use read, write or read_write.'],
    [
      'The x y is not a valid URL.',
      `${rest('return_url')}&return_url=x+y`,
      'return_url must be a web address such as https://app.example/done',
    ],
    [
      'The x y is not a valid URL.',
      `${rest('callback_url')}&callback_url=x+y`,
      'callback_url must be an address such as https://app.example/callback.',
    ],
    [
      'The callback_url needs to be over SSL.',
      `${rest('callback_url')}&callback_url=http://secret-value.example`,
      'callback_url must start with https://.',
    ],
    [
      'The callback host 10.0.0.1 is a non-public address',
      `${rest('callback_url')}&callback_url=https://10.0.0.1/secret-value`,
      'callback_url must lead to the app at a public address.',
    ],
  ];

  test.each(lines)('of %s (%s) says what is allowed', async (message, query, expected) => {
    const { body } = await browser.get(`${AUTHORIZE}?${query}`);
    const [error = '', line = ''] = [...body.matchAll(/<p class="(?:error-line|said)"[^>]*>(.*?)<\/p>/g)].map(
      ([, inner = '']) => `${textOf(inner)} `,
    );
    expect([error, line]).toEqual([
      expect.stringContaining(`Error: ${message}`),
      expect.stringContaining(expected),
    ]);
    expect(body).not.toContain('secret-value');
  });

  test('is absent from the JSON, which stays as WooCommerce writes it', async () => {
    const answer = await browser.get(`${AUTHORIZE}?${rest('scope')}`, { accept: 'application/json' });
    expect(answer.body).toBe(
      '{"code":"wp_die","message":"Error: Missing parameter scope.","data":{"status":401},"additional_errors":[]}',
    );
  });

  test('says to a customer who may connect apps, and says when a consent page is too old', async () => {
    await store.addUser('carla', 'customer');
    const customer = await store.signIn('carla');
    expect(textOf((await customer.get(route('authorize', ask()))).body)).toContain(
      'You do not have permission to access this page. Only the managers of this store can connect apps.',
    );
    const manager = await store.signIn();
    const answer = await manager.post('/wc-auth/v1/access_granted', { ...ask(), wc_auth_nonce: 'old' });
    expect([answer.status, textOf(answer.body)]).toEqual([
      401,
      expect.stringContaining('Invalid nonce verification. This page was open for too long'),
    ]);
  });
});

describe('the error answer', () => {
  test('is a page titled "Access denied" that is never cached', async () => {
    const answer = await browser.get(AUTHORIZE);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  test('never repeats markup unescaped and never links to a rejected URL', async () => {
    const evil = '"><script>alert(1)</script>';
    for (const changes of [
      { scope: evil },
      { return_url: `javascript:${evil}` },
      { callback_url: `http://${evil}` },
    ]) {
      const { body } = await browser.get(route('authorize', ask(changes)));
      expect(body).not.toContain('<script>alert');
      expect(body).not.toMatch(/href="(?:javascript|http:\/\/&)/);
    }
  });

  const echoes: readonly [string, (value: string) => Partial<Ask>, string, string][] = [
    ['scope', (scope) => ({ scope }), 'Error: Invalid scope ', '.'],
    [
      'return_url',
      (value) => ({ return_url: `no url ${value}` }),
      'Error: The no url ',
      ' is not a valid URL.',
    ],
    [
      'callback_url',
      (value) => ({ callback_url: `no url ${value}` }),
      'Error: The no url ',
      ' is not a valid URL.',
    ],
  ];
  test.each(echoes)(
    'repeats at most 200 characters of a rejected %s, without control and bidi characters, as a page and in JSON',
    async (_name, changes, before, after) => {
      const longest = 200 - (before.includes('no url') ? 'no url '.length : 0);
      for (const [value, shown] of [
        ['x'.repeat(5000), 'x'.repeat(longest)],
        ['😀'.repeat(1000), '😀'.repeat(longest)],
        ['\u202ea\u0007\u001bb\u2066c\u200f\u00ad\u3164\ufffad', 'a bcd'],
      ] as const) {
        const target = route('authorize', ask(changes(value)));
        const page = await browser.get(target);
        expect(page.status).toBe(401);
        expect(textOf(page.body)).toContain(before + shown + after);
        const json = await browser.get(target, { accept: 'application/json' });
        expect([json.status, json.json()['message']]).toEqual([401, before + shown + after]);
      }
    },
  );

  test.each([
    'ms-msdt://id?x=1',
    'Search-MS:/query=x',
    'view-source:https://app.example/',
    'shell%3A%2F%2Fx',
  ])('rejects the return_url %s and never links to it', async (url) => {
    const manager = await store.signIn();
    for (const name of ['authorize', 'login', 'access_denied']) {
      const { status, body } = await manager.get(route(name, ask({ return_url: url })));
      expect([name, status, textOf(body)]).toEqual([
        name,
        401,
        expect.stringContaining(' is not a valid URL.'),
      ]);
      expect(body).not.toMatch(/(?:href|action|url)="?\s*(?:ms-msdt|search-ms|view-source|shell)/i);
    }
  });

  test('is JSON for a client that accepts JSON but not HTML', async () => {
    const query = encodeForm({ ...ask({ scope: 'admin' }) });
    const answer = await browser.get(`${AUTHORIZE}?${query}`, { accept: 'application/json' });
    expect(answer.status).toBe(401);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.body).toBe(
      '{"code":"wp_die","message":"Error: Invalid scope admin.","data":{"status":401},"additional_errors":[]}',
    );
  });

  test.each(['*/*', 'text/html', 'text/html,application/json', 'text/html, */*;q=0.1', undefined])(
    'is a page for a client that sends Accept: %s',
    async (accept) => {
      const answer = await browser.get(AUTHORIZE, accept === undefined ? {} : { accept });
      expect(answer.headers['content-type']).toMatch(/^text\/html/);
    },
  );
});

describe('the source of the parameters', () => {
  test('accepts all five in the body of a POST', async () => {
    const answer = await browser.post(AUTHORIZE, { ...ask() });
    expect(answer.status).toBe(302);
    expect(answer.location).toBe(`${store.url}${route('login', ask())}`);
  });

  test('prefers the value of the body to the value of the query', async () => {
    const answer = await browser.post(route('authorize', ask({ user_id: 'query' })), { user_id: 'body' });
    expect(new URL(answer.location).searchParams.get('user_id')).toBe('body');
  });

  test('does not read a body of another media type', async () => {
    for (const type of ['application/json', 'text/plain', 'multipart/form-data; boundary=x', 'nonsense']) {
      const headers = { 'content-type': type };
      const answer = await browser.send('POST', AUTHORIZE, { headers, body: encodeForm({ ...ask() }) });
      expect([answer.status, textOf(answer.body)]).toEqual([
        401,
        expect.stringContaining('Missing parameter app_name.'),
      ]);
    }
  });
});
