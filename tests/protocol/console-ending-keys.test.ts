import { seedKey, snapshot } from '../support/scenes/console-scene';
import { alertIn, keyFormScene, wrongIn, type KeyFormScene } from '../support/scenes/key-form-scene';
import { textOf } from '../support/http/html-forms';
import { PASSWORD } from '../support/store/test-store';

const DAY = 86_400_000;
let scene: KeyFormScene;
afterEach(() => scene.store.close());

describe('the page of a key', () => {
  beforeEach(async () => {
    scene = await keyFormScene();
  });

  test('says only that a key without limits never ends', async () => {
    await seedKey(scene.store);
    const { body } = await scene.browser.get('/keys/1');
    const facts = textOf(/<dl class="facts">([\s\S]*?)<\/dl>/.exec(body)?.[1] ?? '');
    expect(facts).toContain('Ends Never');
    expect(facts).not.toMatch(/Access to|Addresses|Replace/);
    expect(body).not.toContain('action="/keys/1/extend"');
    expect(body).not.toContain('notice-warn');
  });

  test('shows when it ends, what it opens and from where', async () => {
    const limits = {
      expiresAt: scene.clock() + 100 * DAY,
      resources: ['orders', 'settings'],
      addresses: ['203.0.113.0/24', '2001:db8::/32'],
    } as const;
    await seedKey(scene.store, { limits });
    const text = textOf((await scene.browser.get('/keys/1')).body);
    expect(text).toContain('Ends 2026-05-11 09:05 UTC in 3 months');
    expect(text).toContain('Access to Orders, Settings and system Addresses 203.0.113.0/24 2001:db8::/32');
    expect(text).not.toContain('This key ends');
  });

  test('warns 14 days before it ends', async () => {
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() + 14 * DAY + 1000 } });
    const warning = 'This key ends';
    expect(textOf((await scene.browser.get('/keys/1')).body)).not.toContain(warning);
    scene.clock.pass(1000);
    expect(textOf((await scene.browser.get('/keys/1')).body)).toContain(`${warning} in 2 weeks.`);
  });

  test('says that a key has ended, and until when it can be extended', async () => {
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() + 1000 } });
    scene.clock.pass(1000);
    const { body } = await scene.browser.get('/keys/1');
    expect(body).toContain('<span class="state state-expired">Ended</span>');
    expect(textOf(body)).toContain('You can extend it until 2026-03-02 09:05 UTC. Then it is removed.');
    expect(textOf(body)).toContain('Ended 2026-01-31 09:05 UTC');
  });

  test('that ended while no server ran can be extended for 30 days from now', async () => {
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() + 1000 } });
    scene.clock.pass(90 * DAY);
    const browser = await scene.store.signIn();
    const { body } = await browser.get('/keys/1');
    expect(textOf(body)).toContain('You can extend it until 2026-05-31 09:05 UTC. Then it is removed.');
  });

  test('suggests the address that used the key', async () => {
    await seedKey(scene.store, { lastAccess: scene.clock(), lastAddress: '203.0.113.77' });
    expect(textOf((await scene.browser.get('/keys/1')).body)).toContain(
      'Last used from this address. The app may use others too: 203.0.113.77',
    );
  });

  test('shows stored and typed markup as text', async () => {
    await seedKey(scene.store);
    const answer = await scene.change({ fields: { addresses: '</textarea><script>x</script>' } });
    expect(answer.status).toBe(400);
    expect(answer.body).not.toContain('<script>x');
  });
});

describe('a key that ends', () => {
  beforeEach(async () => {
    scene = await keyFormScene();
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() + 10 * DAY, resources: ['orders'] } });
  });

  test('is extended from its end on, with the password', async () => {
    const before = await snapshot(scene.store);
    for (const [password, status] of [
      ['', 400],
      ['wrong password', 403],
    ] as const) {
      const answer = await scene.extend({ extend_password: password, days: '90' });
      expect([answer.status, wrongIn(answer), await snapshot(scene.store)]).toEqual([
        status,
        ['extend_password'],
        before,
      ]);
      expect(answer.body).toContain('<option value="90" selected>');
    }
    const answer = await scene.extend();
    expect([answer.status, answer.location]).toEqual([303, `${scene.store.url}/keys/1?extended=1`]);
    expect(await scene.keyOf()).toMatchObject({
      limits: { expiresAt: scene.clock() + 40 * DAY, resources: ['orders'] },
    });
    expect(textOf((await scene.browser.get('/keys/1?extended=1')).body)).toContain('The key was extended.');
    expect(textOf((await scene.browser.get('/history?event=key.changed')).body)).toContain(
      'Ends: 2026-02-10 09:05 UTC → 2026-03-12 09:05 UTC',
    );
  });

  test('is extended from now on after it ended, and works again', async () => {
    scene.clock.pass(12 * DAY);
    scene.browser = await scene.store.signIn();
    expect((await scene.extend()).status).toBe(303);
    expect(await scene.keyOf()).toMatchObject({
      limits: { expiresAt: scene.clock() + 30 * DAY },
      expiredAt: null,
    });
    expect((await scene.browser.get('/keys/1')).body).toContain('state-active');
  });

  test.each([0, 12])('is extended once by a form that is sent twice, %d days later', async (days) => {
    scene.clock.pass(days * DAY);
    scene.browser = await scene.store.signIn();
    const form = (await scene.browser.get('/keys/1')).form('extend_password');
    const sent = { ...form.fields, days: '30', extend_password: PASSWORD };
    expect((await scene.browser.post('/keys/1/extend', sent)).status).toBe(303);
    const { limits } = await scene.keyOf();
    scene.clock.pass(1500);
    expect((await scene.browser.post('/keys/1/extend', sent)).status).toBe(303);
    expect((await scene.keyOf()).limits).toEqual(limits);
    expect((await scene.browser.post('/keys/1/extend', { ...sent, days: '90' })).status).toBe(409);
  });

  test.each(['', '0', '-1', '1.5', '1e2', '4000', 'ten'])('is not extended by %j days', async (days) => {
    const before = await snapshot(scene.store);
    const answer = await scene.extend({ days });
    expect([answer.status, wrongIn(answer), await snapshot(scene.store)]).toEqual([400, ['days'], before]);
    expect(alertIn(answer)).toContain('Choose by how many days');
  });

  test('is not extended beyond the maximum of the store, and is offered no more', async () => {
    await scene.store.close();
    scene = await keyFormScene({ KEY_LIFETIME_MAX_DAYS: '60' });
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() + 10 * DAY } });
    const { body } = await scene.browser.get('/keys/1');
    const options = /<select id="days"[\s\S]*?<\/select>/.exec(body)?.[0] ?? '';
    expect([...options.matchAll(/value="(\d+)"/g)].map(([, value]) => value)).toEqual(['30']);
    const answer = await scene.extend({ days: '90' });
    expect([answer.status, wrongIn(answer)]).toEqual([400, ['days']]);
    expect(alertIn(answer)).toContain('at most 60 days');
  });

  test.each([
    [30, 10, ['20']],
    [20, 10.5, ['9']],
    [14, 13.5, []],
  ])('with a maximum of %d days and %d days left is extended by %j at most', async (most, left, offered) => {
    await scene.store.close();
    scene = await keyFormScene({ KEY_LIFETIME_MAX_DAYS: String(most) });
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() + left * DAY } });
    const { body } = await scene.browser.get('/keys/1');
    const options = /<select id="days"[\s\S]*?<\/select>/.exec(body)?.[0] ?? '';
    expect([...options.matchAll(/value="(\d+)"/g)].map(([, value]) => value)).toEqual(offered);
    if (offered[0] !== undefined) expect((await scene.extend({ days: offered[0] })).status).toBe(303);
  });

  test.each<[string, string, Readonly<Record<string, string>>]>([
    ['extended', '/keys/1/extend', { days: '30', extend_password: PASSWORD }],
    ['changed', '/keys/1', { ends: '90', 'resources[]': 'orders', password: PASSWORD }],
  ])('is %s by a form that is sent twice at the same time', async (_what, path, typed) => {
    const page = await scene.browser.get('/keys/1');
    const form = page.form(path === '/keys/1' ? 'description' : 'extend_password');
    const sent = { ...form.fields, ...typed };
    const answers = await Promise.all([1, 2, 3].map(() => scene.browser.post(path, sent)));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    const entries = await scene.store.app.audit.list(50);
    expect(entries.filter(({ event }) => event === 'key.changed')).toHaveLength(1);
  });

  test('is not extended if it was revoked or never ends', async () => {
    const form = (await scene.browser.get('/keys/1')).form('extend_password');
    const sent = { ...form.fields, days: '30', extend_password: PASSWORD };
    await scene.store.database.knex('consumer_keys').update({ expires_at: null });
    expect((await scene.browser.post('/keys/1/extend', sent)).status).toBe(409);
    const never = await scene.browser.post('/keys/1/extend', { ...sent, shown_end: 'never' });
    expect([never.status, alertIn(never)]).toEqual([
      400,
      'This key never ends, so there is nothing to extend.',
    ]);
    await scene.store.database.knex('consumer_keys').delete();
    expect((await scene.browser.post('/keys/1/extend', sent)).status).toBe(404);
  });

  test('is revived only with the password, also by an earlier end after the clock was set back', async () => {
    await scene.store.database.knex('consumer_keys').update({ expired_at: scene.clock() + DAY });
    const { limits } = await scene.keyOf();
    const answer = await scene.change({ fields: { ends: '1' } });
    expect([answer.status, (await scene.keyOf()).limits]).toEqual([400, limits]);
    expect((await scene.keyOf()).expiredAt).not.toBeNull();
  });

  test('stays ended if the clock is set back', async () => {
    await scene.store.database.knex('consumer_keys').update({ expired_at: scene.clock() });
    expect((await scene.browser.get('/keys/1')).body).toContain('state-expired');
    expect((await scene.browser.get('/keys?ends=ended')).body).toContain('href="/keys/1"');
  });

  test('is removed 30 days after its end, and the history says why', async () => {
    for (const days of [10, 30]) {
      expect(await scene.store.app.consumerKeys.list()).toHaveLength(1);
      scene.clock.pass(days * DAY);
      await scene.store.app.janitor.round();
    }
    expect(await scene.store.app.consumerKeys.list()).toEqual([]);
    scene.browser = await scene.store.signIn();
    expect(textOf((await scene.browser.get('/history?event=key.revoked')).body)).toMatch(
      /Key revoked Stock sync Read It ended, and was not extended Key 1 Cleanup of ended keys –/,
    );
    expect((await scene.browser.get('/keys/1')).status).toBe(404);
  });
});
