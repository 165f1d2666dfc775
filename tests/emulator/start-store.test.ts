import { networkInterfaces } from 'node:os';
import { createCallback, startStore } from '../../emulator';
import { basic, connectUrl, kitScene } from '../support/scenes/kit-scene';

const { start, callbackOf } = kitScene();

test('approve grants a key that the callback receives and the API accepts', async () => {
  const store = await start();
  const callback = await callbackOf(store);
  const granted = await store.approve(connectUrl(store, callback.url));
  expect(granted.returnedTo).toBe('https://app.example/return?success=1&user_id=42');
  expect(callback.received).toEqual([granted.callback.body]);
  expect(granted.key.keyId).toBe(1);
  const answer = await store.fetch(`${store.url}/wp-json/wc/v3/products?per_page=2`, basic(granted.key));
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual(expect.any(Array));
  expect(store.requests).toEqual([
    {
      method: 'GET',
      path: '/wp-json/wc/v3/products',
      query: 'per_page=2',
      keyId: 1,
      status: 200,
      at: expect.any(Number),
    },
  ]);
});

test('deny returns to the app without a key', async () => {
  const store = await start();
  const callback = await callbackOf(store);
  expect(await store.deny(connectUrl(store, callback.url))).toEqual({
    returnedTo: 'https://app.example/return?success=0&user_id=42',
    warnings: [],
  });
  expect(callback.received).toEqual([]);
  expect(await store.keys()).toEqual([]);
});

test('each user can approve who may, and a customer is told why not', async () => {
  const store = await start({
    users: [
      { login: 'tom', role: 'customer' },
      { login: 'maren', password: 'another good one', role: 'administrator' },
    ],
  });
  const callback = await callbackOf(store);
  await store.approve(connectUrl(store, callback.url));
  await expect(
    store.approve(connectUrl(store, callback.url, { user_id: '43' }), { as: 'tom' }),
  ).rejects.toThrow('Error: You do not have permission to access this page.');
  await expect(
    store.approve(connectUrl(store, callback.url, { user_id: '44' }), { as: 'nina' }),
  ).rejects.toThrow('The store has no user "nina". Its users are: tom, maren.');
  expect((await store.keys()).map(({ keyId }) => keyId)).toEqual([1]);
});

test('a failed callback rejects with the reason that the page shows', async () => {
  const store = await start();
  const callback = await callbackOf(store, () => ({ status: 500 }));
  await expect(store.approve(connectUrl(store, callback.url))).rejects.toMatchObject({
    name: 'ConnectError',
    status: 401,
    message: expect.stringContaining('The app answered with status 500'),
  });
  expect(await store.keys()).toEqual([]);
});

describe('a fault of the callback', () => {
  test.each([
    ['unreachable', 'cannot be reached over the network'],
    ['timeout', 'did not finish its answer within 15 seconds'],
  ] as const)('%s ends the grant at once', async (fault, reason) => {
    const store = await start();
    const callback = await callbackOf(store);
    store.fail({ callback: fault });
    await expect(store.approve(connectUrl(store, callback.url))).rejects.toThrow(reason);
    expect([callback.received, await store.keys()]).toEqual([[], []]);
    store.fail();
    await store.approve(connectUrl(store, callback.url));
    expect(callback.received).toHaveLength(1);
  });

  test('duplicate delivers the same body twice', async () => {
    const store = await start();
    const callback = await callbackOf(store);
    store.fail({ callback: 'duplicate' });
    const { callback: delivered } = await store.approve(connectUrl(store, callback.url));
    expect(callback.received).toEqual([delivered.body, delivered.body]);
    expect(await store.keys()).toHaveLength(1);
  });

  test('read-only grants less than was asked', async () => {
    const store = await start();
    const callback = await callbackOf(store);
    store.fail({ callback: 'read-only' });
    const { key } = await store.approve(connectUrl(store, callback.url));
    expect([key.permissions, callback.received[0]?.key_permissions]).toEqual(['read', 'read']);
    expect((await store.keys())[0]?.permissions).toBe('read');
    const url = `${store.url}/wp-json/wc/v3/products`;
    expect((await store.fetch(url, basic(key))).status).toBe(200);
    expect((await store.fetch(url, { ...basic(key), method: 'POST' })).status).toBe(401);
  });
});

test('a fault of the API fails every how many requests of a path it says', async () => {
  const store = await start();
  const key = await store.createKey({ permissions: 'read' });
  const get = async (path: string) => {
    const answer = await store.fetch(`${store.url}/wp-json/wc/v3/${path}`, basic(key));
    return [answer.status, answer.headers.get('Retry-After')];
  };
  store.fail({ api: { status: 503, every: 2, retryAfter: 7, path: /products/g } });
  expect([
    await get('products'),
    await get('products'),
    await get('products'),
    await get('products'),
  ]).toEqual([
    [200, null],
    [503, '7'],
    [200, null],
    [503, '7'],
  ]);
  expect(store.requests.map(({ status }) => status)).toEqual([200, 503, 200, 503]);
  store.fail();
  expect(await get('products')).toEqual([200, null]);
});

test.each([
  [{ callback: 'slow' }, 'faults.callback must be unreachable, timeout, duplicate, read-only (got "slow").'],
  [{ api: { status: 200 } }, 'faults.api.status must be a number from 400 to 599 (got 200).'],
  [{ api: { status: 500, every: 0 } }, 'faults.api.every must be a whole number from 1 (got 0).'],
  [
    { api: { status: 500, retryAfter: -1 } },
    'faults.api.retryAfter must be a whole number of seconds (got -1).',
  ],
  [{ api: { status: 500, path: '/x' } }, 'faults.api.path must be a regular expression (got "/x").'],
])('fail rejects %j', async (faults, message) => {
  const store = await start();
  expect(() => store.fail(faults as never)).toThrow(message);
});

test('createKey makes keys without a grant, and revoke ends them', async () => {
  const store = await start();
  const key = await store.createKey({ permissions: 'write', description: 'By hand' });
  const { keyId, consumerKey, permissions } = key;
  expect(await store.keys()).toEqual([{ keyId, consumerKey, permissions }]);
  await store.revoke(key.keyId);
  const answer = await store.fetch(`${store.url}/wp-json/wc/v3/products`, basic(key));
  expect([answer.status, await answer.json()]).toEqual([
    401,
    expect.objectContaining({ message: 'Consumer key is invalid.' }),
  ]);
  await expect(store.revoke(key.keyId)).rejects.toThrow(
    'There is no key 1. It may have been revoked before.',
  );
  await expect(store.createKey({ permissions: 'all' as never })).rejects.toThrow(
    'permissions must be read, write or read_write (got "all").',
  );
});

test.each([
  ['approve', 'approve', 'being approved. Wait for that `approve` before the next `approve`.'],
  ['approve', 'deny', 'being approved. Wait for that `approve` before the next `deny`.'],
  ['deny', 'approve', 'being denied. Wait for that `deny` before the next `approve`.'],
  ['deny', 'deny', 'being denied. Wait for that `deny` before the next `deny`.'],
] as const)(
  'of %s and %s of one connect URL at the same time, the second rejects',
  async (first, second, message) => {
    const store = await start();
    const callback = await callbackOf(store);
    const url = connectUrl(store, callback.url);
    const both = await Promise.allSettled([store[first](url), store[second](url)]);
    expect(both).toMatchObject([
      { status: 'fulfilled' },
      { status: 'rejected', reason: { name: 'EmulatorError', message: expect.stringContaining(message) } },
    ]);
    const granted = first === 'approve' ? 1 : 0;
    expect([callback.received.length, (await store.keys()).length]).toEqual([granted, granted]);
    // Nothing stays locked.
    expect((await store.deny(url)).returnedTo).toContain('success=0');
  },
);

test('a connect URL can be approved again only after its key is revoked', async () => {
  const store = await start();
  const callback = await callbackOf(store);
  const url = connectUrl(store, callback.url);
  await store.approve(url);
  await expect(store.approve(url)).rejects.toThrow(
    /was approved before, and its key 1 still works.*revoke\(1\)/,
  );
  await store.revoke(1);
  expect((await store.approve(url)).key.keyId).toBeGreaterThan(0);
  expect(callback.received).toHaveLength(2);
});

test.each([
  ['https://127.0.0.1:PORT/wc-auth/v1/authorize'],
  ['https://[::1]:PORT/wc-auth/v1/authorize'],
  ['HTTPS://LocalHost:PORT/wc-auth/v1/authorize'],
  ['https://127.1:PORT/wc-auth/v1/authorize/'],
  ['https://user@localhost:PORT/./wc-auth/v1/authorize'],
  ['https://localhost:PORT//wc-auth/v1/authorize'],
  ['https://localhost:PORT/index.php/wc-auth/V1/authorize'],
])('a connect URL at %s is one of this store', async (spelling) => {
  const store = await start();
  const callback = await callbackOf(store);
  const url = connectUrl(store, callback.url);
  const port = new URL(store.url).port;
  const spelled = spelling.replace('PORT', port) + url.slice(url.indexOf('?'));
  expect((await store.approve(spelled)).key.keyId).toBe(1);
  expect((await store.deny(spelled)).returnedTo).toContain('success=0');
  await expect(store.approve(url)).rejects.toThrow('was approved before');
});

const HAS_IPV6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);
test.each(['127.0.0.1', 'localhost', ...(HAS_IPV6 ? ['[::1]'] : [])])(
  'the store answers at %s',
  async (host) => {
    const store = await start();
    const { port } = new URL(store.url);
    const answer = await store.fetch(`https://${host}:${port}/wp-json/`);
    expect(answer.status).toBe(200);
    await store.close();
    await expect(store.fetch(`https://${host}:${port}/wp-json/`)).rejects.toThrow();
  },
);

test.each([
  ['of another store', 'https://localhost:1/wc-auth/v1/authorize?app_name=A', 'must start with'],
  ['of another route', 'URL/wc-auth/v1/authorized?app_name=A', 'must start with'],
  ['of another scheme', 'http://localhost:PORT/wc-auth/v1/authorize?app_name=A', 'must start with'],
  ['of another host', 'https://shop.example:PORT/wc-auth/v1/authorize?app_name=A', 'must start with'],
  ['of another loopback address', 'https://127.0.0.2:PORT/wc-auth/v1/authorize?app_name=A', 'must start'],
  ['without a host', '/wc-auth/v1/authorize?app_name=A', 'must start with'],
  [
    'without a callback',
    'URL/wc-auth/v1/authorize?app_name=A&scope=read&user_id=1&return_url=https://a.example',
    'Error: Missing parameter callback_url.',
  ],
  [
    'with a wrong scope',
    'URL/wc-auth/v1/authorize?app_name=A&scope=all&user_id=1&return_url=https://a.example&callback_url=https://a.example',
    'Error: Invalid scope all. Use read, write or read_write.',
  ],
])('approve and deny reject a connect URL %s', async (_, url, message) => {
  const store = await start();
  const whole = url.replace('URL', store.url).replace('PORT', new URL(store.url).port);
  await expect(store.approve(whole)).rejects.toThrow(message);
  await expect(store.deny(whole)).rejects.toThrow(message);
});

test('reset brings the store back to its start', async () => {
  const store = await start();
  const callback = await callbackOf(store);
  const { key } = await store.approve(connectUrl(store, callback.url));
  await store.fetch(`${store.url}/wp-json/wc/v3/products`, basic(key));
  store.fail({ callback: 'timeout', api: { status: 500 } });
  await store.reset();
  expect([await store.keys(), store.requests, store.warnings]).toEqual([[], [], []]);
  expect((await store.fetch(`${store.url}/wp-json/wc/v3/products`, basic(key))).status).toBe(401);
  const second = await store.approve(connectUrl(store, callback.url));
  expect(second.key.keyId).toBe(1);
  expect((await store.fetch(`${store.url}/wp-json/wc/v3/products`, basic(second.key))).status).toBe(200);
});

test('twenty stores run side by side', async () => {
  const stores = await Promise.all(Array.from({ length: 20 }, () => start()));
  const callback = await callbackOf(stores[0]!);
  const granted = await Promise.all(stores.map((store) => store.approve(connectUrl(store, callback.url))));
  expect(new Set(granted.map(({ key }) => key.consumerKey)).size).toBe(20);
  expect(callback.received).toHaveLength(20);
});

test('a taken port is named', async () => {
  const store = await start();
  const port = Number(new URL(store.url).port);
  await expect(startStore({ port })).rejects.toThrow(`Port ${port} of localhost is already in use.`);
});

test('a store over plain http rejects Basic and names https', async () => {
  const store = await start({ scheme: 'http' });
  const key = await store.createKey({ permissions: 'read' });
  const answer = await store.fetch(`${store.url}/wp-json/wc/v3/products`, basic(key));
  expect([store.url.slice(0, 17), answer.status]).toEqual(['http://localhost:', 401]);
});

test('requests hold no secret', async () => {
  const store = await start();
  const { consumerKey, consumerSecret } = await store.createKey({ permissions: 'read' });
  const query = new URLSearchParams({
    consumer_key: consumerKey,
    consumer_secret: consumerSecret,
    page: '2',
  });
  await store.fetch(`${store.url}/?rest_route=/wc/v3/products&${query.toString()}`);
  await store.fetch(`${store.url}/wp-json/wc/v3/nothing`);
  expect(store.requests).toMatchObject([
    { path: '/', query: 'rest_route=/wc/v3/products&page=2', keyId: 1, status: 200 },
    { path: '/wp-json/wc/v3/nothing', query: '', status: 401 },
  ]);
  expect(JSON.stringify(store.requests)).not.toMatch(/c[ks]_/);
});

test('the clock of the store is the one that was passed', async () => {
  let at = Date.UTC(2026, 0, 31, 9, 5, 7);
  const store = await start({ now: () => at });
  await store.fetch(`${store.url}/wp-json/wc/v3/products`);
  at += 1000;
  await store.fetch(`${store.url}/wp-json/wc/v3/products`);
  expect(store.requests.map((request) => request.at)).toEqual([at - 1000, at]);
});

test('the store does not start in production', async () => {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await expect(startStore()).rejects.toThrow('does not start with NODE_ENV=production');
  } finally {
    process.env['NODE_ENV'] = before;
  }
});

test('after close nothing listens, and a second close does nothing', async () => {
  const store = await startStore();
  await store.close();
  await store.close();
  await expect(store.fetch(store.url)).rejects.toThrow();
});

describe('a wrong option', () => {
  const PEM = 'a certificate in PEM, not the name of a file.';
  test.each([
    [null, 'startStore takes an object (got null).'],
    ['https', 'startStore takes an object (got "https").'],
    [{ prot: 1 }, 'startStore has no member "prot". It may have: scheme, port,'],
    [{ scheme: 'ftp' }, 'The option scheme must be https or http (got "ftp").'],
    [{ port: -1 }, 'The option port must be a number from 0 to 65535 (got -1).'],
    [{ port: 80.5 }, 'The option port must be a number from 0 to 65535 (got 80.5).'],
    [{ name: '' }, 'The option name must be a text of 1 to 100 characters (got "").'],
    [{ now: 5 }, 'The option now must be a function that returns milliseconds since 1970 (got 5).'],
    [
      { now: () => NaN },
      'The option now must be a function that returns milliseconds since 1970 (got a function).',
    ],
    [{ strict: 'yes' }, 'The option strict must be true or false (got "yes").'],
    [{ trust: 'ca.pem' }, `trust[0] must be ${PEM}`],
    [{ trust: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'] }, `trust[0] must be ${PEM}`],
    [{ data: { foo: [] } }, 'data has no member "foo". It may have: products, orders, customers, coupons.'],
    [{ users: [] }, 'users must be a list of at least one user.'],
    [{ users: [{ login: ' a ' }] }, 'users[0].login must be a name without spaces around it.'],
    [{ users: [{ login: 'a', emial: 'a@b.c' }] }, 'users[0] has no member "emial".'],
    [{ users: [{ login: 'a', email: 'nope' }] }, 'users[0].email must be an email address (got "nope").'],
    [
      { users: [{ login: 'a', role: 'admin' }] },
      'users[0].role must be administrator, shop_manager, customer (got "admin").',
    ],
    [
      { users: [{ login: 'a', password: 'x'.repeat(2000) }] },
      'users[0].password must have 1 to 1024 characters.',
    ],
    [{ users: [{ login: 'a' }, { login: 'A' }] }, 'users[1].login is taken: another user has "A"'],
    [
      {
        users: [
          { login: 'a', email: 'x@y.example' },
          { login: 'b', email: 'X@y.example' },
        ],
      },
      'users[1].email is taken: another user has "X@y.example"',
    ],
  ])('%j is named', async (options, message) => {
    const error: unknown = await startStore(options as never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'EmulatorError', message: expect.stringContaining(message) });
  });
});

describe('a wrong answer of the callback', () => {
  test.each([
    [() => ({ status: 0 }), "The status of the callback's answer must be a number from 200 to 599 (got 0)."],
    [() => ({ status: '200' }), 'must be a number from 200 to 599 (got "200").'],
    [() => ({ body: { ok: true } }), 'The body of the callback\'s answer must be a text (got {"ok":true}).'],
    [
      () => ({ delayMs: NaN }),
      "The delayMs of the callback's answer must be a number of milliseconds (got null).",
    ],
    [() => undefined, 'The answer of the callback takes an object (got undefined).'],
    [() => ({ state: 500 }), 'The answer of the callback has no member "state".'],
    [
      () => {
        throw new Error('boom');
      },
      'The answer function of the callback threw Error: boom',
    ],
  ])('rejects approve (%#)', async (answer, message) => {
    const store = await start();
    const callback = await callbackOf(store, answer as never);
    await expect(store.approve(connectUrl(store, callback.url))).rejects.toThrow(message);
    expect(await store.keys()).toEqual([]);
  });

  test('is not blamed for a later failure', async () => {
    const store = await start();
    let calls = 0;
    const callback = await callbackOf(store, () => {
      if (++calls === 1) throw new Error('boom');
      return {};
    });
    store.fail({ callback: 'duplicate' });
    await store.approve(connectUrl(store, callback.url));
    store.fail({ callback: 'unreachable' });
    await expect(store.approve(connectUrl(store, callback.url, { user_id: '43' }))).rejects.toThrow(
      'cannot be reached over the network',
    );
  });

  test('does not hide the status of an asynchronous answer', async () => {
    const store = await start();
    const callback = await callbackOf(store, async () => Promise.resolve({ status: 503 }));
    await expect(store.approve(connectUrl(store, callback.url))).rejects.toThrow(
      'The app answered with status 503.',
    );
  });

  test('that is not a function is named', async () => {
    const store = await start();
    await expect(createCallback(store, 5 as never)).rejects.toThrow('must be a function (got 5).');
  });
});

test('the end of a store closes its callbacks, ends its grants and is named later', async () => {
  const store = await startStore();
  let received: () => void = () => undefined;
  const arrived = new Promise<void>((resolve) => (received = resolve));
  const callback = await createCallback(store, () => {
    received();
    return { delayMs: 10_000 };
  });
  const grant = store.approve(connectUrl(store, callback.url)).catch((error: unknown) => error);
  await arrived;
  await store.close();
  expect(await grant).toMatchObject({
    name: 'EmulatorError',
    message: 'The store was closed before the grant ended.',
  });
  for (const use of [store.keys, store.reset, () => store.revoke(1), () => store.approve('x')])
    await expect(use()).rejects.toThrow('The store is closed.');
  await expect(fetch(callback.url)).rejects.toThrow();
});

const SECRET = `cs_${'5'.repeat(40)}`;
test.each([
  `/wp-json/wc/v3/orders?Consumer_Key=x&CONSUMER_SECRET=${SECRET}`,
  `/wp-json/wc/v3/orders??consumer_secret=${SECRET}`,
  `/?rest_route=%2Fwc%2Fv3%2Forders%3Fconsumer_secret=${SECRET}`,
  `/wp-json/wc/v3/orders?search=a%20${SECRET}`,
  `/wp-json/wc/v3/orders?cs=${SECRET.replace('cs', '%63%73')}`,
  `/wp-json/wc/v3/orders?cs=${SECRET.replace('cs', '%2563%2573')}`,
  `/wp-json/wc/v3/orders/${SECRET}`,
  `/wp-json/wc/v3/orders;consumer_secret=${SECRET}`,
  `/wp-json/wc/v3/orders?${SECRET}`,
])('requests hold no secret of %s', async (target) => {
  const store = await start();
  await store.fetch(store.url + target);
  expect(store.requests).toHaveLength(1);
  expect(store.requests.map(({ path, query }) => `${path}?${query}`).join()).not.toContain('555');
});

test.each([
  [5, 'fail takes an object (got 5).'],
  [{ apii: {} }, 'fail has no member "apii". It may have: callback, api.'],
  [{ api: { status: 500, evry: 2 } }, 'faults.api has no member "evry".'],
])('fail rejects %j, and keeps the faults', async (faults, message) => {
  const store = await start();
  store.fail({ api: { status: 503 } });
  expect(() => {
    store.fail(faults as never);
  }).toThrow(message);
  const key = await store.createKey({ permissions: 'read' });
  expect((await store.fetch(`${store.url}/wp-json/wc/v3/products`, basic(key))).status).toBe(503);
});

test('a connect URL that is too long says so', async () => {
  const store = await start();
  const callback = await callbackOf(store);
  await expect(
    store.approve(connectUrl(store, callback.url, { user_id: 'x'.repeat(70_000) })),
  ).rejects.toThrow('The connect URL is too long: ');
});
