import type { HttpBrowser } from '../support/http/http-browser';
import {
  asForm,
  asJson,
  basic,
  bearer,
  FORM,
  makeKey,
  PILOT,
  REVOKE,
  revocations,
  revokeNonce,
  revokesNothing,
  send,
  verified,
} from '../support/scenes/revocation-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Protocol 4: a manager's session as the caller.

let store: TestStore;
let browsers: Record<'administrator' | 'shopkeeper' | 'customer', HttpBrowser>;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
  await store.addUser('shopkeeper', 'shop_manager');
  await store.addUser('second', 'administrator');
  await store.addUser('customer', 'customer');
  browsers = {
    administrator: await store.signIn(),
    shopkeeper: await store.signIn('shopkeeper'),
    customer: await store.signIn('customer'),
  };
});
afterAll(() => store.close());

/** Submits the form as one of the store's own pages would. */
const submit = (
  browser: HttpBrowser,
  fields: Record<string, string>,
  {
    nonce = revokeNonce(store, browser),
    headers = {},
  }: { nonce?: string; headers?: Record<string, string> } = {},
) => browser.post(REVOKE, { ...fields, ...(nonce === '' ? {} : { _wpnonce: nonce }) }, headers);

describe('a manager’s session at the revocation endpoint', () => {
  test.each([
    ['administrator', 'manager'],
    ['administrator', 'second'],
    ['administrator', 'shopkeeper'],
    ['administrator', 'customer'],
    ['shopkeeper', 'shopkeeper'],
    ['shopkeeper', 'customer'],
  ] as const)('lets the %s revoke a key of the user %s, by key_id and by token', async (who, owner) => {
    for (const by of ['key_id', 'token']) {
      const key = await makeKey(store, { owner });
      const name = by === 'token' ? key.consumerKey : String(key.keyId);
      const answer = await submit(browsers[who], { [by]: name });
      expect([answer.status, answer.json()]).toEqual([
        200,
        { success: true, data: { message: 'Successfully logged out', revoked: 1, key_ids: [key.keyId] } },
      ]);
      expect(await verified(store, key)).toBe(401);
    }
  });

  test('accepts a numeric key_id in JSON', async () => {
    const key = await makeKey(store);
    const browser = browsers.administrator;
    const part = asJson({ key_id: key.keyId, _wpnonce: revokeNonce(store, browser) });
    const headers = { ...part.headers, origin: new URL(store.tlsUrl).origin };
    expect((await send(store, { ...part, headers, browser })).json()).toMatchObject({ data: { revoked: 1 } });
  });

  test('revokes every session of an app with hint=all-sessions', async () => {
    const app = { ...PILOT, appName: 'Session app' };
    const keys = [await makeKey(store, { app }), await makeKey(store, { app })];
    const [other, strange] = [await makeKey(store), await makeKey(store, { app, owner: 'shopkeeper' })];
    const answer = await submit(browsers.administrator, {
      key_id: String(keys[0]!.keyId),
      hint: 'all-sessions',
    });
    expect(answer.json()).toMatchObject({ data: { revoked: 2, key_ids: keys.map(({ keyId }) => keyId) } });
    expect([await verified(store, other), await verified(store, strange)]).toEqual([200, 200]);
  });

  test('gets 200 with revoked 0 for a key that does not exist any more', async () => {
    const key = await makeKey(store);
    await submit(browsers.administrator, { key_id: String(key.keyId) });
    for (const fields of [{ key_id: String(key.keyId) }, { key_id: '999999' }, { token: key.consumerKey }]) {
      const answer = await revokesNothing(store, () => submit(browsers.administrator, fields));
      expect([answer.status, answer.json()]).toEqual([
        200,
        { success: true, data: { message: 'Successfully logged out', revoked: 0, key_ids: [] } },
      ]);
    }
  });

  test('is recorded in the audit log with the manager and the address', async () => {
    const key = await makeKey(store, { owner: 'customer' });
    await submit(browsers.shopkeeper, { key_id: String(key.keyId) });
    const [entry] = await revocations(store);
    const [{ userId }, owner] = [await store.userOf('shopkeeper'), await store.userOf('customer')];
    expect(entry).toMatchObject({
      userId,
      login: 'shopkeeper',
      address: '127.0.0.1',
      keyId: key.keyId,
      detail: { by: 'manager', owner: owner.userId },
    });
    expect(Math.abs(Date.now() - entry!.at)).toBeLessThan(5_000);
  });
});

describe('a manager’s session that may not revoke a key', () => {
  test.each(['manager', 'second'])(
    'gets 403 as a shop manager for a key of the administrator %s',
    async (owner) => {
      const key = await makeKey(store, { owner });
      for (const fields of [{ key_id: String(key.keyId) }, { token: key.consumerKey }]) {
        const answer = await revokesNothing(store, () => submit(browsers.shopkeeper, fields));
        expect([answer.status, answer.json()['error']]).toEqual([403, 'unauthorized_client']);
      }
      expect(await verified(store, key)).toBe(200);
    },
  );

  test('gets 403 as a customer, even for an own key', async () => {
    const key = await makeKey(store, { owner: 'customer' });
    const answer = await revokesNothing(store, () =>
      submit(browsers.customer, { key_id: String(key.keyId) }),
    );
    expect(answer.status).toBe(403);
  });

  test('gets 403 or 401 after the manager was demoted or disabled', async () => {
    const key = await makeKey(store, { owner: 'customer' });
    const user = await store.addUser('demoted', 'shop_manager');
    const browser = await store.signIn('demoted');
    const nonce = revokeNonce(store, browser);
    const attempt = () => submit(browser, { key_id: String(key.keyId) }, { nonce });
    await store.app.users.setRole(user.userId, 'customer');
    expect((await revokesNothing(store, attempt)).status).toBe(403);
    await store.app.users.setRole(user.userId, 'administrator');
    await store.app.users.setDisabled(user.userId, Date.now());
    expect((await revokesNothing(store, attempt)).status).toBe(401);
  });

  test('gets 400 without a target, for hint=all-sessions alone, and for a client_id', async () => {
    const key = await makeKey(store);
    const token = key.consumerKey;
    for (const fields of [{}, { hint: 'all-sessions' }, { token, client_id: token }])
      expect((await revokesNothing(store, () => submit(browsers.administrator, fields))).status).toBe(400);
  });

  describe('with a nonce that is not this session’s', () => {
    const nonces: [string, () => Promise<string> | string][] = [
      ['no nonce', () => ''],
      ['a wrong one', () => 'x'.repeat(43)],
      ["another manager's", () => revokeNonce(store, browsers.shopkeeper)],
      ["another session's of the same manager", async () => revokeNonce(store, await store.signIn())],
      [
        'the sign-out nonce',
        async () =>
          (await browsers.administrator.get('/wc-auth/v1/logout')).form('_wpnonce').fields['_wpnonce'] ?? '',
      ],
    ];
    test.each(nonces)('gets 401 for %s', async (_name, nonce) => {
      const key = await makeKey(store);
      const used = await nonce();
      const fields = { key_id: String(key.keyId) };
      const answer = await revokesNothing(store, () =>
        submit(browsers.administrator, fields, { nonce: used }),
      );
      expect([answer.status, answer.json()['error']]).toEqual([401, 'invalid_client']);
    });

    test('gets 401 for a nonce in the query instead of the form', async () => {
      const key = await makeKey(store);
      const browser = browsers.administrator;
      const target = `${REVOKE}?_wpnonce=${revokeNonce(store, browser)}`;
      const attempt = () => browser.post(target, { key_id: String(key.keyId) });
      expect((await revokesNothing(store, attempt)).status).toBe(401);
    });

    test('gets 401 for the nonce of a session that was signed out', async () => {
      const key = await makeKey(store);
      const browser = await store.signIn();
      const cookies = new Map(browser.cookies);
      const nonce = revokeNonce(store, browser);
      const { fields } = (await browser.get('/wc-auth/v1/logout')).form('_wpnonce');
      expect((await browser.post('/wc-auth/v1/logout', fields)).status).toBe(303);
      for (const [name, value] of cookies) browser.cookies.set(name, value);
      const attempt = () => submit(browser, { key_id: String(key.keyId) }, { nonce });
      expect((await revokesNothing(store, attempt)).status).toBe(401);
    });
  });

  describe('with a form of another site', () => {
    const elsewhere: [string, Record<string, string>][] = [
      ['another site', { origin: 'https://evil.example' }],
      ['a sandboxed frame', { origin: 'null' }],
      ['the same host over http', { origin: 'http://127.0.0.1' }],
      ['another port', { origin: 'https://127.0.0.1:1' }],
      ['a site whose name begins alike', { origin: 'https://127.0.0.1.evil.example' }],
    ];
    test.each(elsewhere)('gets 401 for %s, with a nonce or without', async (_name, headers) => {
      const key = await makeKey(store);
      const fields = { key_id: String(key.keyId) };
      for (const nonce of [revokeNonce(store, browsers.administrator), '']) {
        const answer = await revokesNothing(store, () =>
          submit(browsers.administrator, fields, { nonce, headers }),
        );
        expect(answer.status).toBe(401);
      }
      expect(await verified(store, key)).toBe(200);
    });

    test.each(['cross-site', 'same-site'])(
      'gets 401 for Sec-Fetch-Site: %s without an Origin',
      async (site) => {
        const key = await makeKey(store);
        const browser = browsers.administrator;
        const part = asForm({ key_id: String(key.keyId), _wpnonce: revokeNonce(store, browser) });
        const headers = { ...part.headers, 'sec-fetch-site': site };
        expect((await revokesNothing(store, () => send(store, { ...part, headers, browser }))).status).toBe(
          401,
        );
      },
    );

    test('gets 415 for the media types that a form of another site can choose', async () => {
      const key = await makeKey(store);
      const body = JSON.stringify({
        key_id: key.keyId,
        _wpnonce: revokeNonce(store, browsers.administrator),
      });
      for (const type of ['text/plain', 'multipart/form-data; boundary=x']) {
        const headers = { 'content-type': type, origin: 'https://evil.example' };
        const attempt = () => send(store, { headers, body, browser: browsers.administrator });
        expect((await revokesNothing(store, attempt)).status).toBe(415);
      }
    });
  });

  test('is not accepted by the logout endpoints of other dialects', async () => {
    const key = await makeKey(store);
    const browser = browsers.administrator;
    const fields = { key_id: String(key.keyId), token: key.consumerKey };
    for (const target of ['/auth/logout', '/shopper/auth/v1/organizations/o/oauth2/logout'])
      for (const [name, value] of Object.entries(fields)) {
        const form = { [name]: value, _wpnonce: revokeNonce(store, browser) };
        expect((await revokesNothing(store, () => browser.post(target, form))).status).toBe(401);
      }
  });
});

describe('a manager’s session beside a proof of a key', () => {
  const wrong = { consumerKey: `ck_${'0'.repeat(40)}`, consumerSecret: 'cs_x' };
  const failed: [
    string,
    { headers?: Record<string, string>; fields?: Record<string, string>; query?: string },
  ][] = [
    ['Basic', { headers: basic(wrong) }],
    ['half a Basic', { headers: { authorization: 'Basic Y2s6' } }],
    ['Bearer', { headers: bearer(wrong) }],
    ['a Bearer of another kind', { headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } }],
    ['an unknown scheme', { headers: { authorization: 'Negotiate abc' } }],
    ['the query', { query: `?consumer_key=${wrong.consumerKey}&consumer_secret=cs_x` }],
    ['half of it in the query', { query: `?consumer_key=${wrong.consumerKey}` }],
    ['an empty pair in the query', { query: '?consumer_key=&consumer_secret=' }],
    ['a form', { fields: { consumer_key: wrong.consumerKey, consumer_secret: 'cs_x' } }],
    ['half of it in a form', { fields: { consumer_secret: 'cs_x' } }],
    ['client_id and client_secret', { fields: { client_id: wrong.consumerKey, client_secret: 'cs_x' } }],
    ['a client_secret alone', { fields: { client_secret: '' } }],
    ['OAuth 1.0a', { headers: { authorization: 'OAuth oauth_consumer_key="ck_x", oauth_signature="x"' } }],
    ['OAuth 1.0a without values', { query: '?oauth_consumer_key=&oauth_signature=' }],
    ['OAuth 1.0a in a form', { fields: { oauth_consumer_key: 'ck_x' } }],
  ];
  test.each(failed)(
    'does not replace a proof that failed: %s',
    async (_name, { headers = {}, fields = {}, query = '' }) => {
      const key = await makeKey(store);
      const browser = browsers.administrator;
      const form = { key_id: String(key.keyId), _wpnonce: revokeNonce(store, browser), ...fields };
      const attempt = () => browser.post(REVOKE + query, form, { 'content-type': FORM, ...headers });
      expect((await revokesNothing(store, attempt)).status).toBe(401);
      expect(await verified(store, key)).toBe(200);
    },
  );

  test('adds no rights to a valid key, which may name no other key of the manager', async () => {
    const [key, other] = [await makeKey(store), await makeKey(store, { app: null })];
    const browser = browsers.administrator;
    const form = { key_id: String(other.keyId), _wpnonce: revokeNonce(store, browser) };
    const attempt = () => browser.post(REVOKE, form, basic(key));
    expect((await revokesNothing(store, attempt)).status).toBe(403);
  });
});
