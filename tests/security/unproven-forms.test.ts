import { once } from 'node:events';
import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { openEndpoint, type Endpoint } from '../support/http/endpoints';
import { connect, exchange, parseAnswer, requestBytes, type RawAnswer } from '../support/http/raw-http';
import { issueKey, NOW, query, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';
import { signed, type Pairs } from '../unit/oauth-fixtures';

// The cost of a form before the key that signed it is verified.

const PATH = '/wp-json/wc/v3/products/batch';
const REVOKE = '/wc-auth/v1/revoke';
const FORM = ['Content-Type', 'application/x-www-form-urlencoded'] as const;
const LARGEST = 256 * 1024;

let store: TestStore;
let key: IssuedKey;
let unknown: IssuedKey;
beforeAll(async () => {
  store = await startTestStore({ clock: fakeClock(NOW * 1000), env: { TRUST_PROXY: 'loopback' } });
  key = await issueKey(store);
  unknown = { ...key, consumerKey: `ck_${'0'.repeat(40)}` };
});
afterAll(() => store.close());

function filled(part: (count: number) => string, size = LARGEST - 1024): string {
  let form = '';
  for (let count = 0; form.length < size; count++) form += part(count);
  return form;
}
/** Forms that are slow to parse, to sign, or to convert to an object. */
const SLOW = {
  'thousands of names': filled((count) => `&${count}`),
  'one name again and again': filled(() => '&a'),
  'deep arrays': filled(() => `&a${'[]'.repeat(60)}`),
  'a long list': filled(() => '&a[]'),
  'escapes of escapes': `a=${filled(() => '%25')}`,
};

const wrongTarget = (of: IssuedKey, path = PATH) =>
  signedTarget({ ...of, consumerSecret: 'cs_wrong' }, { method: 'POST', path });
const wrongForm = (of: IssuedKey) =>
  query(signed({ key: of.consumerKey, secret: 'cs_wrong', method: 'POST' }));
const wrongHeader = (of: IssuedKey) => {
  const pairs = wrongForm(of)
    .split('&')
    .map((pair) => pair.replace('=', '="'));
  return ['Authorization', `OAuth ${pairs.join('", ')}"`] as const;
};

/**
 * Returns the CPU time of a request in milliseconds, the least of several, because other work adds
 * to it.
 */
async function cost(send: () => Promise<RawAnswer>): Promise<{ ms: number; status: number }> {
  let ms = Infinity;
  let status = 0;
  for (let round = 0; round < 5; round++) {
    const before = process.cpuUsage();
    ({ status } = await send());
    const { user, system } = process.cpuUsage(before);
    ms = Math.min(ms, (user + system) / 1000);
  }
  return { ms, status };
}

/**
 * The limit in multiples of the same request with a small form. Without a limit it was more than
 * 100.
 */
const RATIO_MAX = 15;

describe.each(['gateway', 'middleware'] as const)('the cost of a form at the %s', (name) => {
  let endpoint: Endpoint;
  beforeAll(async () => (endpoint = await openEndpoint(name, store)));
  afterAll(() => endpoint.close());
  const post = (target: string, body: string, headers: readonly (readonly [string, string])[] = []) =>
    endpoint.send({ method: 'POST', target, body, headers: [FORM, ...headers], secure: false });

  describe.each(Object.entries(SLOW))('for a form of %s', (_what, form) => {
    test.each([
      ['of an unknown key', (body: string) => post(wrongTarget(unknown), body), 401],
      ['of an unknown key in the header', (body: string) => post(PATH, body, [wrongHeader(unknown)]), 401],
      [
        'of an unknown key in the form itself',
        (body: string) => post(PATH, wrongForm(unknown) + body),
        undefined,
      ],
      ['of no key', (body: string) => post(PATH, body), undefined],
    ] as const)(
      'is little more than that of a small form if the form is %s',
      async (_whose, send, expected) => {
        const small = await cost(() => send('&a=1'));
        const slow = await cost(() => send(form));
        expect([401, 413]).toContain(slow.status);
        if (expected !== undefined) expect(slow.status).toBe(expected);
        expect(slow.ms / small.ms).toBeLessThan(RATIO_MAX);
      },
    );
  });

  test('is limited to that of the largest batch for a known key', async () => {
    const small = await cost(() => post(wrongTarget(key), '&a=1'));
    const slow = await cost(() => post(wrongTarget(key), SLOW['thousands of names']));
    expect([small.status, slow.status]).toEqual([401, 413]);
    expect(slow.ms / small.ms).toBeLessThan(RATIO_MAX);
    for (const what of ['deep arrays', 'a long list'] as const)
      expect((await post(wrongTarget(key), SLOW[what])).status).toBe(413);
  });

  const batch: Pairs = Array.from({ length: 100 }, (_, item) =>
    Array.from({ length: 50 }, (_, field) => [`update[${item}][f${field}]`, 'a value'] as const),
  ).flat();
  test.each([
    ['query', () => [signedTarget(key, { method: 'POST', path: PATH, form: batch }), query(batch)]],
    [
      'form',
      () => {
        const oauth = signed({
          method: 'POST',
          url: `http://store.test${PATH}`,
          key: key.consumerKey,
          secret: key.consumerSecret,
          params: batch,
        });
        return [PATH, query([...oauth, ...batch])];
      },
    ],
  ] as const)('allows a batch of 100 items with 50 fields each, signed in the %s', async (_where, make) => {
    const [target = '', body = ''] = make();
    const answer = await post(target, body);
    expect([200, 404]).toContain(answer.status);
    if (name === 'middleware')
      expect(answer.json()).toMatchObject({ key: { keyId: key.keyId }, form: { update: { length: 100 } } });
  });
});

describe('a form that is announced and never arrives', () => {
  let limited: TestStore;
  let middleware: Endpoint;
  beforeAll(async () => {
    const env = { TRUST_PROXY: 'loopback', FAILED_KEYS_PER_ADDRESS: '3' };
    limited = await startTestStore({ clock: fakeClock(NOW * 1000), env });
    middleware = await openEndpoint('middleware', limited);
  });
  afterAll(async () => {
    await middleware.close();
    await limited.close();
  });

  test.each([
    ['gateway', '192.0.2.1'],
    ['middleware', '192.0.2.2'],
    ['revocation', '192.0.2.3'],
  ])(
    'is not waited for at the %s when its key is unknown: 401, then 429 after too many',
    async (where, address) => {
      const base = where === 'middleware' ? middleware.url : limited.url;
      const headers = [FORM, ['Content-Length', '9000'], ['X-Forwarded-For', address]] as const;
      const target = wrongTarget(unknown, where === 'revocation' ? REVOKE : PATH);
      const seen = new Set<number>();
      // Failures that are being saved at the moment are in no count.
      for (let time = 0; time < 20; time++) {
        const socket = connect(base);
        socket.write(requestBytes('POST', target, headers));
        const [head] = (await once(socket, 'data')) as [Buffer];
        seen.add(parseAnswer(head).status);
        socket.destroy();
      }
      expect([...seen].slice(0, 2)).toEqual([401, 429]);
    },
  );
});

test('the revocation endpoint does not sign a form for an unknown key', async () => {
  const post = (form: string) =>
    exchange(store.url, requestBytes('POST', wrongTarget(unknown, REVOKE), [FORM], form));
  const inForm = (form: string) =>
    exchange(store.url, requestBytes('POST', REVOKE, [FORM], wrongForm(unknown) + form));
  for (const send of [post, inForm]) {
    const small = await cost(() => send('&a=1'));
    for (const part of ['&a', `&a${'[]'.repeat(60)}`]) {
      const slow = await cost(() => send(filled(() => part, 15 * 1024)));
      expect(slow.status).toBe(401);
      expect(slow.ms / small.ms).toBeLessThan(RATIO_MAX);
    }
  }
});
