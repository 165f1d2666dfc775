import { openDatabase } from '../../server/storage/drivers';
import { failRows, failWrites } from '../support/store/broken-database';
import {
  asForm,
  asJson,
  basic,
  bearer,
  FORM,
  JSON_TYPE,
  keyIds,
  makeKey,
  PILOT,
  revokesNothing,
  send,
  verified,
  type Sent,
} from '../support/scenes/revocation-scene';
import { onPostgres } from '../support/store/test-database';
import { startTestStore, type TestStore } from '../support/store/test-store';

// Protocol 4: the answers in the formats of the logout, of WooCommerce and of OAuth.

let store: TestStore;

beforeAll(async () => {
  store = await startTestStore({ tls: true });
});
afterAll(() => store.close());

interface Rejection {
  readonly status: number;
  readonly name: string;
  readonly code: string;
  readonly rest: string;
  readonly oauth: string;
  /** Returns what to add to a request with a body of either type. */
  readonly sent: () => Promise<{ fields: Record<string, string>; rest?: Sent }>;
}

const REJECTIONS: Rejection[] = [
  {
    status: 400,
    name: 'BadRequestError',
    code: 'BAD_REQUEST',
    rest: 'rest_invalid_param',
    oauth: 'invalid_request',
    sent: async () => ({ fields: { hint: 'x' }, rest: { headers: basic(await makeKey(store)) } }),
  },
  {
    status: 401,
    name: 'UnauthorizedError',
    code: 'UNAUTHORIZED',
    rest: 'woocommerce_rest_authentication_error',
    oauth: 'invalid_client',
    sent: async () => ({
      fields: {},
      rest: { headers: basic({ ...(await makeKey(store)), consumerSecret: 'cs_x' }) },
    }),
  },
  {
    status: 403,
    name: 'ForbiddenError',
    code: 'FORBIDDEN',
    rest: 'woocommerce_rest_cannot_delete',
    oauth: 'unauthorized_client',
    sent: async () => {
      const stranger = await makeKey(store, { app: { ...PILOT, appName: 'Stranger' } });
      return { fields: { token: stranger.consumerKey }, rest: { headers: basic(await makeKey(store)) } };
    },
  },
  {
    status: 405,
    name: 'MethodNotAllowedError',
    code: 'METHOD_NOT_ALLOWED',
    rest: 'rest_no_route',
    oauth: 'invalid_request',
    sent: async () => ({ fields: {}, rest: { method: 'DELETE', headers: basic(await makeKey(store)) } }),
  },
  {
    status: 413,
    name: 'PayloadTooLargeError',
    code: 'PAYLOAD_TOO_LARGE',
    rest: 'rest_body_too_large',
    oauth: 'invalid_request',
    sent: async () => ({
      fields: { channel_id: 'x'.repeat(17 * 1024) },
      rest: { headers: basic(await makeKey(store)) },
    }),
  },
  {
    status: 415,
    name: 'UnsupportedMediaTypeError',
    code: 'UNSUPPORTED_MEDIA_TYPE',
    rest: 'rest_unsupported_media_type',
    oauth: 'invalid_request',
    sent: async () => ({
      fields: {},
      rest: { headers: { ...basic(await makeKey(store)), 'content-encoding': 'x-own' } },
    }),
  },
];

describe.each(REJECTIONS)(
  'a revocation that fails with $status',
  ({ status, name, code, rest, oauth, sent }) => {
    test.each([JSON_TYPE, FORM])('is answered in the format of a request of %s', async (type) => {
      const { fields, rest: more = {} } = await sent();
      const part = type === FORM ? asForm(fields) : asJson(fields);
      const asked: Sent = { ...part, ...more, headers: { ...part.headers, ...more.headers } };
      const answer = await revokesNothing(store, () => send(store, asked));
      const body = answer.json();
      const message = expect.stringMatching(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
      expect(answer.status).toBe(status);
      if (type === FORM) expect(body).toEqual({ error: oauth, error_description: message });
      else
        expect(body).toEqual({
          success: false,
          error: { name, code, message: status === 401 ? 'Authentication required' : message },
          code: rest,
          message,
          data: { status },
        });
      expect(Object.keys(body)).toEqual(
        type === FORM ? ['error', 'error_description'] : ['success', 'error', 'code', 'message', 'data'],
      );
      expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(answer.headers['cache-control']).toBe('no-store');
      expect(answer.headers.allow).toBe(status === 405 ? 'POST' : undefined);
      expect(answer.headers['www-authenticate']).toBe(
        status === 401 ? 'Basic realm="WooCommerce API"' : undefined,
      );
    });
  },
);

test('answers a successful revocation with JSON, uncached and without a cookie, also for a form', async () => {
  for (const part of [asJson({}), asForm({})]) {
    const key = await makeKey(store);
    const answer = await send(store, {
      ...part,
      headers: { ...part.headers, ...basic(key), accept: 'text/html' },
    });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.json())).toEqual(['success', 'data']);
    expect(answer.json()).toEqual({
      success: true,
      data: { message: 'Successfully logged out', revoked: 1, key_ids: [key.keyId] },
    });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['set-cookie']).toBeUndefined();
  }
});

test('sends a challenge for an Authorization header, and for a request without a form (RFC 6749 section 5.2)', async () => {
  const wrong = { consumerKey: `ck_${'0'.repeat(40)}`, consumerSecret: 'cs_x' };
  const inForm = asForm({ client_id: wrong.consumerKey, client_secret: wrong.consumerSecret });
  const challenge = async (sent: Sent) => (await send(store, sent)).headers['www-authenticate'];
  expect(await challenge(inForm)).toBeUndefined();
  for (const headers of [basic(wrong), bearer(wrong)])
    expect(await challenge({ ...asForm({}), headers: { 'content-type': FORM, ...headers } })).toMatch(
      /^Basic /,
    );
  expect(await challenge({})).toMatch(/^Basic /);
});

test('answers a revocation over http at an https store without a redirect', async () => {
  const key = await makeKey(store);
  const answer = await send(store, { headers: basic(key), plain: true });
  expect([answer.status, answer.location]).toEqual([401, '']);
});

// Causes: another process holds the write lock, the disk is full, a table is missing, the
// connection is closed.
describe('a revocation while the database fails: 503 with Retry-After, and the key keeps working', () => {
  const knex = () => store.database.knex;
  const failures: [string, { breaks: () => Promise<() => Promise<unknown>> }][] = [
    [
      'when another process holds the write lock',
      {
        async breaks() {
          const other = openDatabase(store.config.database);
          const lock = await other.knex.transaction();
          await lock('audit_events').where({ audit_event_id: -1 }).delete();
          if (onPostgres) await lock.raw('lock table consumer_keys in share mode');
          return async () => {
            await lock.rollback();
            await other.close();
          };
        },
      },
    ],
    [
      'when the database cannot be written',
      {
        breaks: () => failWrites(store.database),
      },
    ],
    [
      'when the audit entry cannot be written',
      {
        breaks: () => failRows(store.database, 'audit_events'),
      },
    ],
    [
      'when the table of keys is missing',
      {
        async breaks() {
          await knex().raw('alter table consumer_keys rename to gone');
          return () => knex().raw('alter table gone rename to consumer_keys');
        },
      },
    ],
  ];
  test.each(failures)('is not carried out %s', async (_name, { breaks }) => {
    const key = await makeKey(store);
    const before = await keyIds(store);
    const repair = await breaks();
    const { consumerKey: client_id, consumerSecret: client_secret } = key;
    const answers = [
      await send(store, { ...asJson({}), headers: { ...basic(key), 'content-type': JSON_TYPE } }),
      await send(store, asForm({ client_id, client_secret })),
      await send(store, { target: '/auth/logout', headers: bearer(key) }),
      await send(store, {
        method: 'GET',
        target: '/shopper/auth/v1/organizations/o/oauth2/logout',
        headers: bearer(key),
      }),
    ];
    await repair();
    for (const { status, headers } of answers) {
      expect(status).toBe(503);
      expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
      expect(headers['cache-control']).toBe('no-store');
    }
    const error = {
      name: 'ServiceUnavailableError',
      code: 'SERVICE_UNAVAILABLE',
      message: expect.any(String),
    };
    expect(answers[0]!.json()).toMatchObject({ success: false, error, data: { status: 503 } });
    expect(answers[1]!.json()).toMatchObject({ error: 'temporarily_unavailable' });
    expect(answers[2]!.json()).toEqual({ error });
    expect(await keyIds(store)).toEqual(before);
    expect(await verified(store, key)).toBe(200);
    expect((await send(store, { headers: basic(key) })).json()).toMatchObject({ data: { revoked: 1 } });
  });

  test('can be sent again after a restart when the connection is closed', async () => {
    const other = await startTestStore({ tls: true });
    const key = await makeKey(other);
    await other.database.knex.destroy();
    const answer = await send(other, { headers: basic(key) });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '5']);
    const restarted = await startTestStore({ tls: true, folder: other.folder });
    expect(await verified(restarted, key)).toBe(200);
    await restarted.close();
    await other.close();
  });

  test('says nothing about the database’s error in the answer or the log', async () => {
    const key = await makeKey(store);
    const repair = await failRows(store.database, 'audit_events');
    const answer = await send(store, { headers: basic(key) });
    await repair();
    expect(answer.body).not.toMatch(/SQLITE|POSTGRES|inner words|insert/i);
    expect(JSON.stringify(store.logs)).not.toMatch(/inner words|insert into/);
  });
});
