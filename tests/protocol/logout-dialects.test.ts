import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { encodeForm } from '../support/http/http-browser';
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
} from '../support/scenes/revocation-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Protocol 4: the two other logouts, which are dialects of the same revocation.

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
});
afterAll(() => store.close());

/** Creates keys of an app that no other test uses. */
let apps = 0;
async function sessions(count: number): Promise<IssuedKey[]> {
  const app = { ...PILOT, appName: `App ${(apps += 1)}` };
  const keys = [];
  for (let index = 0; index < count; index += 1) keys.push(await makeKey(store, { app }));
  return keys;
}
const statuses = (keys: readonly IssuedKey[]) => Promise.all(keys.map((key) => verified(store, key)));
const [REJECTED, ACCEPTED] = [401, 200];
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
  ])('ends every session of the app without a body: %s', async (_name, proof) => {
    const [keys, [other]] = [await sessions(3), await sessions(1)];
    const answer = await send(store, { ...proof(keys[0]!), target });
    expect([answer.status, answer.json()]).toEqual([200, LOGGED_OUT]);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect(await statuses([...keys, other!])).toEqual([REJECTED, REJECTED, REJECTED, ACCEPTED]);
    expect((await revocations(store)).slice(0, 3).map(({ detail }) => detail)).toMatchObject(
      Array(3).fill({ by: 'app' }),
    );
  });

  test('ends one key when the body names it', async () => {
    const keys = await sessions(3);
    const [asking, named] = [keys[0]!, keys[1]!];
    const headers = { ...bearer(asking), 'content-type': FORM };
    expect((await send(store, { ...asForm({ token: named.consumerKey }), target, headers })).status).toBe(
      200,
    );
    expect(await statuses(keys)).toEqual([ACCEPTED, REJECTED, ACCEPTED]);
  });

  const rejected: [string, (key: IssuedKey) => Sent][] = [
    ['nothing', () => ({})],
    ['a wrong secret', (key) => ({ headers: bearer(wrongSecretOf(key)) })],
    ['a key without its secret', (key) => ({ headers: { authorization: `Bearer ${key.consumerKey}` } })],
    ['a token of another kind', () => ({ headers: { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' } })],
    ['a Bearer over http', (key) => ({ headers: bearer(key), plain: true })],
    ['nothing, in a form', () => asForm({})],
  ];
  test.each(rejected)('answers 401 in its own format to %s', async (_name, sent) => {
    const [key] = await sessions(1);
    const answer = await revokesNothing(store, () => send(store, { ...sent(key!), target }));
    expect([answer.status, answer.json()]).toEqual([401, UNAUTHORIZED]);
    expect(await verified(store, key!)).toBe(ACCEPTED);
  });

  test('answers 401 to a key that is already revoked', async () => {
    const [key] = await sessions(1);
    await send(store, { target, headers: bearer(key!) });
    const repeated = await send(store, { target, headers: bearer(key!) });
    expect([repeated.status, repeated.json()]).toEqual([401, UNAUTHORIZED]);
  });

  test('answers 403, 405, 413 and 415 in the same format', async () => {
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

  describe.each(['GET', 'POST'])('with %s', (method) => {
    const signOut = (key: IssuedKey, query: Record<string, string> = {}, rest: Sent = {}) =>
      send(store, { method, target: at(query), ...rest, headers: { ...bearer(key), ...rest.headers } });

    test('ends the bearer’s key and the one in refresh_token, and returns only the ck_ part', async () => {
      for (const whole of [false, true]) {
        const keys = await sessions(3);
        const [own, named] = [keys[0]!, keys[1]!];
        const refresh_token = whole ? `${named.consumerKey}.${named.consumerSecret}` : named.consumerKey;
        const query = { client_id: own.consumerKey, refresh_token, channel_id: 'RefArch' };
        const answer = await signOut(own, query);
        expect([answer.status, answer.json()]).toEqual([200, answerOf(named.consumerKey)]);
        expect(answer.body).not.toContain(named.consumerSecret);
        expect(answer.headers['cache-control']).toBe('no-store');
        expect(await statuses(keys)).toEqual([REJECTED, REJECTED, ACCEPTED]);
        const entries = (await revocations(store)).slice(0, 2).map(({ keyId }) => keyId);
        expect(entries.sort()).toEqual([own.keyId, named.keyId].sort());
      }
    });

    test('ends the bearer’s key alone without a refresh_token', async () => {
      const keys = await sessions(2);
      const answer = await signOut(keys[0]!);
      expect([answer.status, answer.json()]).toEqual([200, answerOf('')]);
      expect(await statuses(keys)).toEqual([REJECTED, ACCEPTED]);
    });

    test('ends all sessions of the app with hint=all-sessions', async () => {
      const [keys, [other]] = [await sessions(3), await sessions(1)];
      const query = { refresh_token: keys[1]!.consumerKey, hint: 'all-sessions' };
      expect((await signOut(keys[0]!, query)).status).toBe(200);
      expect(await statuses([...keys, other!])).toEqual([REJECTED, REJECTED, REJECTED, ACCEPTED]);
    });

    test('ends the bearer’s key when refresh_token is the same key, unknown, or of another kind', async () => {
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
        const answer = await signOut(key!, { refresh_token: token(key!) });
        expect([answer.status, answer.json()]).toEqual([200, answerOf(echo(key!))]);
        expect(await verified(store, key!)).toBe(REJECTED);
      }
    });

    test('ends nothing for a refresh_token or client_id of another app, a wrong hint or an array', async () => {
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
        const answer = await revokesNothing(store, () => signOut(key!, query));
        expect([query, answer.status]).toEqual([query, status]);
      }
      expect(await statuses([key!, stranger!])).toEqual([ACCEPTED, ACCEPTED]);
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
    test.each(unproven)('answers 401 without a valid Bearer: %s', async (_name, sent) => {
      const [key] = await sessions(1);
      const manager = await store.signIn();
      for (const browser of [store.browser(), manager]) {
        const asked = { method, target: path, browser, ...sent(key!) };
        const answer = await revokesNothing(store, () => send(store, asked));
        expect([answer.status, answer.json()['success']]).toEqual([401, false]);
      }
    });

    test('answers 400 to a Bearer beside another credential', async () => {
      const [key, other] = await sessions(2);
      const query = { consumer_key: other!.consumerKey, consumer_secret: other!.consumerSecret };
      expect((await revokesNothing(store, () => signOut(key!, query))).status).toBe(400);
    });

    test('ignores a manager’s cookie beside the Bearer', async () => {
      const keys = await sessions(2);
      const answer = await signOut(keys[0]!, {}, { browser: await store.signIn() });
      expect(answer.status).toBe(200);
      expect(await statuses(keys)).toEqual([REJECTED, ACCEPTED]);
    });
  });

  test('reads the parameters of a form before those of the query, and rejects a second credential in the form', async () => {
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
    expect(await statuses(keys)).toEqual([REJECTED, REJECTED, ACCEPTED, ACCEPTED]);
  });

  test('reads no parameters from text inside a JSON body', async () => {
    const keys = await sessions(2);
    const body = JSON.stringify({ note: '&hint=all-sessions&client_id=x&' });
    const headers = { ...bearer(keys[0]!), 'content-type': 'application/json' };
    expect((await send(store, { target: path, headers, body })).status).toBe(200);
    expect(await statuses(keys)).toEqual([REJECTED, ACCEPTED]);
  });

  test('answers 405 with Allow: GET, POST to HEAD, PUT, DELETE and OPTIONS, and ends nothing', async () => {
    const [key] = await sessions(1);
    for (const method of ['HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
      const asked = { method, target: path, headers: bearer(key!) };
      const answer = await revokesNothing(store, () => send(store, asked));
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, POST']);
    }
  });

  test('accepts any organization, even one with invalid percent-encoding', async () => {
    for (const organization of ['1', 'a%2Fb', '%E0%A4%A', 'ä'.normalize()]) {
      const [key] = await sessions(1);
      const target = `/shopper/auth/v1/organizations/${encodeURI(organization).replaceAll('%25', '%')}/oauth2/logout`;
      expect((await send(store, { method: 'GET', target, headers: bearer(key!) })).status).toBe(200);
    }
  });

  test('writes no secret of its query to the log', async () => {
    const keys = await sessions(2);
    const refresh_token = `${keys[1]!.consumerKey}.${keys[1]!.consumerSecret}`;
    await send(store, { method: 'GET', target: at({ refresh_token }), headers: bearer(keys[0]!) });
    const logged = JSON.stringify(store.logs);
    expect(logged).toContain(path);
    for (const { consumerKey, consumerSecret } of keys)
      for (const text of [consumerKey, consumerSecret]) expect(logged).not.toContain(text);
  });
});
