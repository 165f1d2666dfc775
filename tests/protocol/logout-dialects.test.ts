import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { encodeForm } from '../support/http-browser';
import {
  asForm,
  asJson,
  basic,
  bearer,
  FORM,
  makeKey,
  oauthHeader,
  PILOT,
  revocations,
  revokesNothing,
  send,
  verified,
  type Sent,
} from '../support/revocation-scene';
import { startTestStore, type TestStore } from '../support/test-store';

// Section 4: the two other logouts, thin dialects over the same revocation.

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
});
afterAll(() => store.close());

/** Sessions of an app that no other test knows. */
let apps = 0;
async function sessions(count: number): Promise<IssuedKey[]> {
  const app = { ...PILOT, appName: `App ${(apps += 1)}` };
  const keys = [];
  for (let index = 0; index < count; index += 1) keys.push(await makeKey(store, { app }));
  return keys;
}
const statuses = (keys: readonly IssuedKey[]) => Promise.all(keys.map((key) => verified(store, key)));
const [DEAD, ALIVE] = [401, 200];
const wrongSecretOf = (key: IssuedKey) => ({ ...key, consumerSecret: `cs_${'0'.repeat(40)}` });

describe('POST /auth/logout', () => {
  const target = '/auth/logout';
  const LOGGED_OUT = { success: true, data: { message: 'Successfully logged out' } };
  const UNAUTHORIZED = {
    error: { name: 'UnauthorizedError', code: 'UNAUTHORIZED', message: 'Authentication required' },
  };

  test.each([
    ['Bearer', (key: IssuedKey): Sent => ({ headers: bearer(key) })],
    ['Basic', (key: IssuedKey): Sent => ({ headers: basic(key) })],
    [
      'Bearer and an empty object',
      (key: IssuedKey): Sent => ({
        ...asJson({}),
        headers: { ...bearer(key), 'content-type': 'application/json' },
      }),
    ],
    [
      'OAuth 1.0a over http',
      (key: IssuedKey): Sent => ({ headers: oauthHeader(store.url + target, key), plain: true }),
    ],
  ])('%s, no body: every session ends', async (_name, proof) => {
    const [keys, [other]] = [await sessions(3), await sessions(1)];
    const answer = await send(store, { ...proof(keys[0]!), target });
    expect([answer.status, answer.json()]).toEqual([200, LOGGED_OUT]);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(await statuses([...keys, other!])).toEqual([DEAD, DEAD, DEAD, ALIVE]);
    expect((await revocations(store)).slice(0, 3).map(({ detail }) => detail['by'])).toEqual([
      'app',
      'app',
      'app',
    ]);
  });

  test('a body that names one key ends that one', async () => {
    const keys = await sessions(3);
    const [asking, named] = [keys[0]!, keys[1]!];
    const headers = { ...bearer(asking), 'content-type': FORM };
    expect((await send(store, { ...asForm({ token: named.consumerKey }), target, headers })).status).toBe(
      200,
    );
    expect(await statuses(keys)).toEqual([ALIVE, DEAD, ALIVE]);
  });

  const refused: [string, (key: IssuedKey) => Sent][] = [
    ['nothing', () => ({})],
    ['a wrong secret', (key) => ({ headers: bearer(wrongSecretOf(key)) })],
    ['a key without its secret', (key) => ({ headers: { authorization: `Bearer ${key.consumerKey}` } })],
    ['a token of another kind', () => ({ headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } })],
    ['a Bearer over http', (key) => ({ headers: bearer(key), plain: true })],
    ['nothing, in a form', () => asForm({})],
  ];
  test.each(refused)('401 in its own shape: %s', async (_name, sent) => {
    const [key] = await sessions(1);
    const answer = await revokesNothing(store, () => send(store, { ...sent(key!), target }));
    expect([answer.status, answer.json()]).toEqual([401, UNAUTHORIZED]);
    expect(await verified(store, key!)).toBe(ALIVE);
  });

  test('401: logged out already', async () => {
    const [key] = await sessions(1);
    await send(store, { target, headers: bearer(key!) });
    const repeated = await send(store, { target, headers: bearer(key!) });
    expect([repeated.status, repeated.json()]).toEqual([401, UNAUTHORIZED]);
  });

  test('403, 405, 413 and 415 have the same members', async () => {
    const [[key], [stranger]] = [await sessions(1), await sessions(1)];
    const headers = bearer(key!);
    const json = { ...headers, 'content-type': 'application/json' };
    const cases: [number, Sent][] = [
      [403, { ...asJson({ token: stranger!.consumerKey }), headers: json }],
      [405, { method: 'GET', headers }],
      [413, { headers: json, body: `{"x":"${'x'.repeat(17 * 1024)}"}` }],
      [415, { headers: { ...headers, 'content-type': 'text/plain' }, body: 'x' }],
    ];
    for (const [status, sent] of cases) {
      const answer = await revokesNothing(store, () => send(store, { ...sent, target }));
      const error = { name: expect.any(String), code: expect.any(String), message: expect.any(String) };
      expect([answer.status, answer.json()]).toEqual([status, { error }]);
    }
  });
});

describe('GET|POST /shopper/auth/v1/organizations/{organizationId}/oauth2/logout', () => {
  const path = '/shopper/auth/v1/organizations/f_ecom_zzte_053/oauth2/logout';
  const at = (query: Record<string, string> = {}) => `${path}?${encodeForm(query)}`;
  const answerOf = (refreshToken: string) => ({
    access_token: '',
    id_token: 'null',
    refresh_token: refreshToken,
    expires_in: 0,
    refresh_token_expires_in: 0,
    token_type: 'Bearer',
    usid: 'null',
    customer_id: 'null',
    enc_user_id: 'null',
    idp_access_token: '',
  });

  describe.each(['GET', 'POST'])('%s', (method) => {
    const logOut = (key: IssuedKey, query: Record<string, string> = {}, rest: Sent = {}) =>
      send(store, { method, target: at(query), ...rest, headers: { ...bearer(key), ...rest.headers } });

    test('the bearer’s key ends, and the one in refresh_token; only its ck_ part comes back', async () => {
      for (const whole of [false, true]) {
        const keys = await sessions(3);
        const [own, named] = [keys[0]!, keys[1]!];
        const refresh_token = whole ? `${named.consumerKey}.${named.consumerSecret}` : named.consumerKey;
        const query = { client_id: own.consumerKey, refresh_token, channel_id: 'RefArch' };
        const answer = await logOut(own, query);
        expect([answer.status, answer.json()]).toEqual([200, answerOf(named.consumerKey)]);
        expect(answer.body).not.toContain(named.consumerSecret);
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(await statuses(keys)).toEqual([DEAD, DEAD, ALIVE]);
        const entries = (await revocations(store)).slice(0, 2).map(({ keyId }) => keyId);
        expect(entries.sort()).toEqual([own.keyId, named.keyId].sort());
      }
    });

    test('without a refresh_token the bearer’s key alone', async () => {
      const keys = await sessions(2);
      const answer = await logOut(keys[0]!);
      expect([answer.status, answer.json()]).toEqual([200, answerOf('')]);
      expect(await statuses(keys)).toEqual([DEAD, ALIVE]);
    });

    test('hint=all-sessions: all', async () => {
      const [keys, [other]] = [await sessions(3), await sessions(1)];
      const query = { refresh_token: keys[1]!.consumerKey, hint: 'all-sessions' };
      expect((await logOut(keys[0]!, query)).status).toBe(200);
      expect(await statuses([...keys, other!])).toEqual([DEAD, DEAD, DEAD, ALIVE]);
    });

    test('a refresh_token that is its own key, unknown, or of another kind: its own key ends', async () => {
      const unknown = `ck_${'9'.repeat(40)}`;
      const tokens: [(key: IssuedKey) => string, (key: IssuedKey) => string][] = [
        [(key) => key.consumerKey, (key) => key.consumerKey],
        [() => unknown, () => unknown],
        [() => `${unknown}.cs_secret`, () => unknown],
        [(key) => key.consumerSecret, () => ''],
        [() => 'eyJhbGciOiJub25lIn0.e30.', () => ''],
        [(key) => `x${key.consumerKey}`, () => ''],
      ];
      for (const [token, echo] of tokens) {
        const [key] = await sessions(1);
        const answer = await logOut(key!, { refresh_token: token(key!) });
        expect([answer.status, answer.json()]).toEqual([200, answerOf(echo(key!))]);
        expect(await verified(store, key!)).toBe(DEAD);
      }
    });

    test('a refresh_token of another app, a client_id that is another’s, a hint or an array: nothing ends', async () => {
      const [[key], [stranger]] = [await sessions(1), await sessions(1)];
      const cases: [number, Record<string, string>][] = [
        [403, { refresh_token: stranger!.consumerKey }],
        [403, { refresh_token: stranger!.consumerKey, hint: 'all-sessions' }],
        [400, { client_id: stranger!.consumerKey }],
        [400, { refresh_token: '' }],
        [400, { hint: 'all' }],
        [400, { 'refresh_token[]': key!.consumerKey }],
        [400, { 'hint[a]': 'all-sessions' }],
      ];
      for (const [status, query] of cases) {
        const answer = await revokesNothing(store, () => logOut(key!, query));
        expect([query, answer.status]).toEqual([query, status]);
      }
      expect(await statuses([key!, stranger!])).toEqual([ALIVE, ALIVE]);
    });

    const unproven: [string, (key: IssuedKey) => Sent][] = [
      ['nothing', () => ({})],
      ['Basic', (key) => ({ headers: basic(key) })],
      [
        'a key in the query',
        ({ consumerKey, consumerSecret }) => ({
          target: at({ consumer_key: consumerKey, consumer_secret: consumerSecret }),
        }),
      ],
      [
        'a refresh_token with its secret',
        ({ consumerKey, consumerSecret }) => ({
          target: at({ refresh_token: `${consumerKey}.${consumerSecret}` }),
        }),
      ],
      ['a Bearer with a wrong secret', (key) => ({ headers: bearer(wrongSecretOf(key)) })],
      ['a Bearer over http', (key) => ({ headers: bearer(key), plain: true })],
    ];
    test.each(unproven)('401 without the Bearer: %s', async (_name, sent) => {
      const [key] = await sessions(1);
      const manager = await store.signIn();
      for (const browser of [store.browser(), manager]) {
        const asked = { method, target: path, browser, ...sent(key!) };
        const answer = await revokesNothing(store, () => send(store, asked));
        expect([answer.status, answer.json()['success']]).toEqual([401, false]);
      }
    });

    test('400: a Bearer beside another credential', async () => {
      const [key, other] = await sessions(2);
      const query = { consumer_key: other!.consumerKey, consumer_secret: other!.consumerSecret };
      expect((await revokesNothing(store, () => logOut(key!, query))).status).toBe(400);
    });

    test('a manager’s cookie beside it changes nothing', async () => {
      const keys = await sessions(2);
      const answer = await logOut(keys[0]!, {}, { browser: await store.signIn() });
      expect(answer.status).toBe(200);
      expect(await statuses(keys)).toEqual([DEAD, ALIVE]);
    });
  });

  test('POST takes the parameters in a form too, where they win, and another credential there is a 400', async () => {
    const keys = await sessions(4);
    const post = (key: IssuedKey, form: Record<string, string>, query = {}) =>
      send(store, { ...asForm(form), target: at(query), headers: { ...bearer(key), 'content-type': FORM } });
    const pair = { client_id: keys[3]!.consumerKey, client_secret: keys[3]!.consumerSecret };
    expect((await revokesNothing(store, () => post(keys[0]!, pair))).status).toBe(400);
    const answer = await post(
      keys[0]!,
      { refresh_token: keys[1]!.consumerKey },
      { refresh_token: keys[2]!.consumerKey },
    );
    expect(answer.json()).toEqual(answerOf(keys[1]!.consumerKey));
    expect(await statuses(keys)).toEqual([DEAD, DEAD, ALIVE, ALIVE]);
  });

  test('what stands in a JSON body as text is no parameter', async () => {
    const keys = await sessions(2);
    const body = JSON.stringify({ note: '&hint=all-sessions&client_id=x&' });
    const headers = { ...bearer(keys[0]!), 'content-type': 'application/json' };
    expect((await send(store, { target: path, headers, body })).status).toBe(200);
    expect(await statuses(keys)).toEqual([DEAD, ALIVE]);
  });

  test('HEAD, PUT and DELETE end nothing: 405, Allow: GET, POST', async () => {
    const [key] = await sessions(1);
    for (const method of ['HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const asked = { method, target: path, headers: bearer(key!) };
      const answer = await revokesNothing(store, () => send(store, asked));
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST']);
    }
  });

  test('any organization, even one that is no percent-encoding', async () => {
    for (const organization of ['1', 'a%2Fb', '%E0%A4%A', 'ä'.normalize()]) {
      const [key] = await sessions(1);
      const target = `/shopper/auth/v1/organizations/${encodeURI(organization).replaceAll('%25', '%')}/oauth2/logout`;
      expect((await send(store, { method: 'GET', target, headers: bearer(key!) })).status).toBe(200);
    }
  });

  test('no log line has the secrets of its query', async () => {
    const keys = await sessions(2);
    const refresh_token = `${keys[1]!.consumerKey}.${keys[1]!.consumerSecret}`;
    await send(store, { method: 'GET', target: at({ refresh_token }), headers: bearer(keys[0]!) });
    const logged = JSON.stringify(store.logs);
    expect(logged).toContain(path);
    for (const { consumerKey, consumerSecret } of keys)
      for (const text of [consumerKey, consumerSecret]) expect(logged).not.toContain(text);
  });
});
