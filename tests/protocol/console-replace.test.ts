import { administrationOf } from '../support/scenes/administration';
import { post, seedKey, snapshot } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import { without, type Answer, type HttpBrowser } from '../support/http/http-browser';
import { fakeClock, MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

const DAY = 86_400_000;
const clock = fakeClock();
let store: TestStore;
let browser: HttpBrowser;
beforeEach(async () => {
  store = await startTestStore({ tls: true, clock });
  await store.addUser('jonas', 'shop_manager');
  browser = await store.signIn();
});
afterEach(() => store.close());

interface Pair {
  readonly consumerKey: string;
  readonly consumerSecret: string;
}
const secretsIn = ({ body }: Answer): Pair => ({
  consumerKey: /id="consumer_key"[^>]*>(ck_[0-9a-f]{40})</.exec(body)?.[1] ?? '',
  consumerSecret: /id="consumer_secret"[^>]*>(cs_[0-9a-f]{40})</.exec(body)?.[1] ?? '',
});
const verify = async ({ consumerKey, consumerSecret }: Pair) => {
  const authorization = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`;
  return (await store.browser(store.tlsUrl).get('/wc-auth/v1/verify', { authorization })).status;
};
const events = async () => (await store.app.audit.list(50)).map(({ event }) => event);
const fieldsOf = async (id: number) =>
  (await browser.get(`/keys/${id}/replace`)).form('truncated_key').fields;
const replace = async (id: number, overlap: string) =>
  browser.post(`/keys/${id}/replace`, { ...(await fieldsOf(id)), overlap });
const keys = () => store.app.consumerKeys.list();

describe('a key that is replaced with an overlap', () => {
  test('gets a second key with the same app, owner and limits, and both work until the old one ends', async () => {
    const limits = {
      expiresAt: clock() + 90 * DAY,
      resources: ['orders', 'other'],
      addresses: ['127.0.0.0/8', '::1/128'],
    } as const;
    const first = await seedKey(store, { owner: 'jonas', permissions: 'read_write', app: {}, limits });
    const asked = await browser.get('/keys/1/replace');
    expect(asked.body).toContain('<option value="7" selected>In 7 days</option>');
    expect(textOf(asked.body)).toContain('Parcel Pilot does not get the new key and secret by itself');
    expect(textOf(asked.body)).toContain('The new key ends when this one would have ended.');
    const answer = await replace(1, '7');
    expect(textOf(answer.body)).toContain('Ends 2026-05-01 09:05 UTC 2 groups, 2 address ranges');
    expect([answer.status, answer.location, answer.headers['cache-control']]).toEqual([200, '', 'no-store']);
    expect(textOf(answer.body)).toContain(
      `The old key …${first.consumerKey.slice(-7)} works until 2026-02-07 09:05 UTC.`,
    );
    const [old, made] = await keys();
    expect(old).toMatchObject({ keyId: 1, replacedBy: 2, limits: { expiresAt: clock() + 7 * DAY } });
    expect(made).toMatchObject({
      permissions: 'read_write',
      userId: old!.userId,
      app: old!.app,
      description: old!.description,
      replacedBy: null,
      limits,
    });
    expect((await events()).slice(0, 2)).toEqual(['key.replaced', 'key.created']);
    const second = secretsIn(answer);
    const tried = async () => [await verify(first), await verify(second)];
    expect(await tried()).toEqual([200, 200]);
    clock.pass(7 * DAY);
    expect(await tried()).toEqual([401, 200]);
  });

  test('keeps its own end if that is earlier', async () => {
    await seedKey(store, { limits: { expiresAt: clock() + DAY } });
    expect((await replace(1, '30')).status).toBe(200);
    expect((await keys())[0]?.limits.expiresAt).toBe(clock() + DAY);
  });

  test('links to the new key, which links back, and both show their last use', async () => {
    await seedKey(store, { lastAccess: clock() - 3_600_000, lastAddress: '203.0.113.9' });
    await replace(1, '7');
    const [old, made] = [(await browser.get('/keys/1')).body, (await browser.get('/keys/2')).body];
    expect(textOf(old)).toMatch(/Last used 1 hour ago .*from 203\.0\.113\.9 .*Replaced by Key 2/);
    expect(old).toContain('href="/keys/2"');
    expect(textOf(old)).toContain('Another key takes its place.');
    expect(old).not.toContain('/keys/1/replace');
    expect(textOf(made)).toMatch(/Last used Never used .*Replaces Key 1/);
    expect(made).toContain('href="/keys/1"');
    const history = textOf((await browser.get('/history?event=key.replaced')).body);
    expect(history).toMatch(
      /Key replaced Stock sync .*Replaced by key 2 Old key ends: 2026-02-\d\d 09:05 UTC/,
    );
  });

  test('is replaced once for each form, also if it is sent several times at once', async () => {
    await seedKey(store);
    const fields = { ...(await fieldsOf(1)), overlap: '1' };
    const answers = await Promise.all([1, 2, 3].map(() => browser.post('/keys/1/replace', fields)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await browser.post('/keys/1/replace', fields)).status).toBe(409);
    expect(await keys()).toHaveLength(2);
  });

  test.each([0, 7])('in %s days stays as it is if it was replaced since it was read', async (days) => {
    await seedKey(store);
    const [seen] = await keys();
    await replace(1, '7');
    const before = await snapshot(store);
    const administration = administrationOf(store, clock);
    const owner = await store.userOf();
    expect(await administration.replace(seen!, owner, days * DAY, { how: 'command line' })).toBe('overtaken');
    expect(await snapshot(store)).toEqual(before);
  });

  test.each([
    ['7', '0'],
    ['0', '7'],
    ['7', '7'],
    ['0', '0'],
  ])('by two people at once, in %s and in %s days, is replaced by one of them', async (...overlaps) => {
    await seedKey(store);
    const others = await store.signIn();
    const forms = [
      { by: browser, fields: await fieldsOf(1) },
      { by: others, fields: (await others.get('/keys/1/replace')).form('truncated_key').fields },
    ];
    const answers = await Promise.all(
      forms.map(({ by, fields }, at) =>
        by.post('/keys/1/replace', { ...fields, overlap: overlaps[at] ?? '' }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const made = answers.find(({ status }) => status === 200)!;
    expect(await verify(secretsIn(made))).toBe(200);
    const isSecond = overlaps[answers.indexOf(made)] === '7';
    expect(await keys()).toMatchObject(
      isSecond
        ? [{ replacedBy: 2 }, { replacedBy: null }]
        : [{ replacedBy: null, limits: { expiresAt: null } }],
    );
  });
});

describe('a key that is replaced at once', () => {
  test('keeps its number and limits, and the old pair stops working', async () => {
    const limits = { expiresAt: clock() + 9 * DAY, resources: null, addresses: null };
    const first = await seedKey(store, { permissions: 'read_write', limits });
    expect(await verify(first)).toBe(200);
    const answer = await replace(1, '0');
    const second = secretsIn(answer);
    expect([answer.status, await verify(first), await verify(second)]).toEqual([200, 401, 200]);
    const [key, ...others] = await keys();
    expect(others).toEqual([]);
    expect(key).toMatchObject({ keyId: 1, permissions: 'read_write', replacedBy: null, limits });
    expect(key?.truncatedKey).toBe(second.consumerKey.slice(-7));
    expect((await events())[0]).toBe('key.regenerated');
  });

  test('gets one new pair for each form', async () => {
    await seedKey(store);
    const fields = { ...(await fieldsOf(1)), overlap: '0' };
    const answers = await Promise.all([1, 2, 3].map(() => browser.post('/keys/1/replace', fields)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await events()).filter((event) => event === 'key.regenerated')).toHaveLength(1);
  });

  test.each(['0', '7'])(
    'fails if another user has replaced the pair already (overlap %s)',
    async (overlap) => {
      await seedKey(store);
      const fields = { ...(await fieldsOf(1)), overlap };
      expect((await replace(1, '0')).status).toBe(200);
      const before = await snapshot(store);
      const late = await browser.post('/keys/1/replace', fields);
      expect([late.status, await snapshot(store)]).toEqual([409, before]);
      expect(textOf(late.body)).toContain('The key was not changed');
    },
  );
});

describe('a key that cannot be replaced', () => {
  const cases: Readonly<Record<string, readonly [() => Promise<unknown>, number, string]>> = {
    'was replaced already': [
      () => replace(1, '7'),
      409,
      'This key was already replaced Key 2 takes its place, and no other key was made. If its secret was not',
    ],
    'has ended': [() => Promise.resolve(clock.pass(10 * DAY)), 409, 'This key has ended No key was made.'],
    'was revoked': [() => post(browser, '/keys/revoke', [['key_id[]', '1']]), 404, 'Key not found'],
  };
  test.each(Object.entries(cases))('because it %s', async (_why, [happen, status, text]) => {
    await seedKey(store, { limits: { expiresAt: clock() + 10 * DAY } });
    const fields = without(await fieldsOf(1), '_wpnonce');
    await happen();
    browser = await store.signIn();
    const fresh = await post(browser, '/keys/1/replace', { ...fields, overlap: '7' });
    const before = (await keys()).length;
    for (const answer of [await browser.get('/keys/1/replace'), fresh]) {
      expect(answer.status).toBe(status);
      expect(textOf(answer.body)).toContain(text);
    }
    expect(await keys()).toHaveLength(before);
    expect((await browser.get('/keys/1')).body).not.toContain('/keys/1/replace');
  });

  test('because its app has not confirmed it yet', async () => {
    await seedKey(store, { app: {} });
    await store.database
      .knex('consumer_keys')
      .update({ pending_until: clock() + 60_000, pending_lease: store.database.lease.id });
    expect((await browser.get('/keys/1/replace')).status).toBe(409);
  });

  test('because only the owner and administrators may see its secret', async () => {
    await seedKey(store, { owner: MANAGER });
    await store.addUser('priya', 'shop_manager');
    await seedKey(store, { owner: 'priya' });
    const jonas = await store.signIn('jonas');
    for (const id of [1, 2]) {
      expect((await jonas.get(`/keys/${id}/replace`)).status).toBe(403);
      const before = await snapshot(store);
      const fields = { form_id: 'x', truncated_key: 'y', overlap: '7' };
      const answer = await post(jonas, `/keys/${id}/replace`, fields);
      expect([answer.status, await snapshot(store)]).toEqual([403, before]);
    }
  });
});

test.each([
  ['an unknown time', [['overlap', '3']], 400],
  ['more than 30 days', [['overlap', '31']], 400],
  ['a negative time', [['overlap', '-1']], 400],
  ['no time', [['overlap', '']], 400],
  ['a list of times', [['overlap[]', '7']], 400],
  [
    'an unknown field',
    [
      ['overlap', '7'],
      ['limits', 'none'],
    ],
    400,
  ],
  [
    'the one-time value of another session',
    [
      ['overlap', '7'],
      ['form_id', 'AAAA.BBBB'],
    ],
    403,
  ],
] as const)('a form with %s replaces nothing', async (_what, extra, status) => {
  await seedKey(store);
  const fields = Object.entries(await fieldsOf(1)).filter(
    ([name]) => !extra.some(([other]) => other === name),
  );
  const before = await snapshot(store);
  const answer = await browser.post('/keys/1/replace', [...fields, ...extra]);
  expect([answer.status, await snapshot(store)]).toEqual([status, before]);
  expect(answer.body).toContain('<h1>');
});

test('a form with a mistake can be corrected and sent', async () => {
  await seedKey(store);
  const rejected = await replace(1, '5');
  expect(textOf(rejected.body)).toContain('Choose when the old key stops working.');
  const { fields } = rejected.form('truncated_key');
  expect((await browser.post('/keys/1/replace', { ...fields, overlap: '1' })).status).toBe(200);
});

test('a key is replaced at once, but not with an overlap, while an older server runs', async () => {
  await seedKey(store);
  await store.database
    .knex('secret_key_holders')
    .insert({ lease: store.database.lease.id, key_ids: 'x', key_file: null });
  const rejected = await replace(1, '7');
  expect(rejected.status).toBe(400);
  expect(textOf(rejected.body)).toContain('A server of an older version runs on this database');
  expect((await replace(1, '0')).status).toBe(200);
});
