import type { HttpBrowser } from '../support/http/http-browser';
import { HANDOVER, openHandoverScene, type HandoverScene } from '../support/sign-in/handover-scene';
import { rejectionsIn } from '../support/sign-in/proxy-scene';
import { fakeClock, isSignedIn } from '../support/store/test-store';

// What an attacker must not achieve at the two URLs of a hand-over: the post and the step after it.

let scene: HandoverScene;
beforeEach(async () => {
  scene = await openHandoverScene();
});
afterEach(() => scene.close());

const token = encodeURIComponent;

describe('the post', () => {
  test.each<[string, (valid: string) => string]>([
    ['no field', () => ''],
    ['another field', (valid) => `jwt=${valid}`],
    ['the token twice', (valid) => `token=${valid}&token=${valid}`],
    ['another token before it', (valid) => `token=x&token=${valid}`],
    ['another token after it', (valid) => `token=${valid}&token=x`],
    ['a list', (valid) => `token[]=${valid}`],
    ['a list beside it', (valid) => `token=${valid}&token[]=${valid}`],
    ['a second spelling of its name', (valid) => `token=x&+token=${valid}`],
    ['a second name that ends in NUL', (valid) => `token=x&token%00=${valid}`],
    ['bytes that are not UTF-8', (valid) => `token=${valid}%ff`],
  ])('is rejected with %s in the form', async (_name, form) => {
    const valid = scene.token(await scene.begin());
    await scene.expectRejected(await scene.post(form(valid)), 403, 'bad_proof');
  });

  test.each([
    ['application/json', (valid: string) => JSON.stringify({ token: valid })],
    ['text/plain', (valid: string) => `token=${valid}`],
    ['multipart/form-data; boundary=x', multipart],
    ['', (valid: string) => `token=${valid}`],
  ])('is rejected with a body of the type %p', async (type, body) => {
    const valid = scene.token(await scene.begin());
    const answer = await scene.newBrowser().post(HANDOVER, body(valid), { 'content-type': type });
    await scene.expectRejected(answer, 403, 'bad_proof');
  });

  test('is rejected with a token in the query', async () => {
    const valid = scene.token(await scene.begin());
    const answer = await scene.newBrowser().post(`${HANDOVER}?token=${token(valid)}`, '');
    await scene.expectRejected(answer, 403, 'bad_proof');
    expect((await scene.newBrowser().get(`${HANDOVER}?token=${token(valid)}`)).status).toBe(400);
  });

  test('answers 413 to a token that is too long', async () => {
    const valid = scene.token(await scene.begin(), { name: 'a'.repeat(16 * 1024) });
    expect((await scene.post({ token: valid })).status).toBe(413);
  });

  test.each(['PUT', 'DELETE', 'PATCH'])('accepts no %s', async (method) => {
    const valid = scene.token(await scene.begin());
    const answer = await scene.newBrowser().send(method, HANDOVER, {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `token=${token(valid)}`,
    });
    expect([404, 405]).toContain(answer.status);
    expect((await scene.post({ token: valid })).status).toBe(303);
  });

  test('counts a token once', async () => {
    const state = await scene.begin();
    const form = { token: scene.token(state, { jti: 'the same' }) };
    const first = await scene.post(form);
    expect((await scene.post(form)).status).toBe(403);
    const other = await scene.begin('/login', scene.newBrowser());
    expect((await scene.post({ token: scene.token(other, { jti: 'the same' }) })).status).toBe(403);
    expect(rejectionsIn(scene.store).map(({ reason }) => reason)).toEqual(['reused', 'reused']);
    expect((await scene.browser.get(first.location)).status).toBe(302);
  });

  test('counts the first of two tokens for one state', async () => {
    const state = await scene.begin();
    const first = await scene.post({ token: scene.token(state) });
    const second = await scene.post({ token: scene.token(state, { sub: 'user-2', email: 'b@office.test' }) });
    expect(second.status).toBe(400);
    expect((await scene.browser.get(first.location)).status).toBe(302);
    expect((await scene.store.userOf('eve')).email).toBe('eve@office.test');
  });

  test.each(['one token', 'two tokens'])('twice at once with %s gives one step', async (which) => {
    const state = await scene.begin();
    const one = scene.token(state);
    const two = which === 'one token' ? one : scene.token(state);
    const answers = await Promise.all([scene.post({ token: one }), scene.post({ token: two })]);
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual(which === 'one token' ? [303, 403] : [303, 400].sort());
    const { location } = answers.find(({ status }) => status === 303)!;
    expect((await scene.browser.get(location)).status).toBe(302);
  });

  test('is rejected when the state is 15 minutes old', async () => {
    const state = await scene.begin();
    scene.clock.pass(15 * 60_000);
    await scene.expectRejected(await scene.post({ token: scene.token(state) }), 400, 'expired');
  });

  test.each(['https://evil.test', 'null', 'https://127.0.0.1'])(
    'may come from the origin %s, and no other form of this server may',
    async (origin) => {
      const valid = scene.token(await scene.begin());
      const posted = await scene.newBrowser().post(HANDOVER, { token: valid }, { origin });
      await scene.browser.get(posted.location);
      const page = await scene.browser.get('/wc-auth/v1/logout');
      const { fields } = page.form('_wpnonce');
      expect((await scene.browser.post('/wc-auth/v1/logout', fields, { origin })).status).toBe(403);
      expect(await isSignedIn(scene.browser)).toBe(true);
    },
  );

  test('does not end or change the session of a browser that sends its cookies along', async () => {
    await scene.signIn();
    const state = await scene.begin('/login', scene.newBrowser());
    const form = { token: scene.token(state, { sub: 'user-2', email: 'mallory@office.test' }) };
    const answer = await scene.browser.post(HANDOVER, form, { origin: 'https://evil.test' });
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect((await scene.browser.get(answer.location)).status).toBe(403);
    expect((await scene.browser.get('/account')).body).toContain('eve@office.test');
  });
});

function multipart(valid: string): string {
  return `--x\r\nContent-Disposition: form-data; name="token"\r\n\r\n${valid}\r\n--x--\r\n`;
}

describe('the step', () => {
  test.each(['', 'step=', 'step=unknown', 'step[]=a', 'step=%ff', 'step=a%00b', 'state=a'])(
    'is rejected with the query %p',
    async (query) => {
      await scene.begin();
      await scene.expectRejected(await scene.browser.get(`${HANDOVER}?${query}`), 400, 'expired');
    },
  );

  test('signs no other browser in (login CSRF), and the own browser can go on', async () => {
    const { location } = await scene.handOver();
    for (const victim of [scene.newBrowser(), await victimWithCookie()]) {
      expect((await victim.get(location)).status).toBe(403);
      expect(await isSignedIn(victim)).toBe(false);
    }
    expect(rejectionsIn(scene.store).map(({ reason }) => reason)).toEqual(['other_browser', 'other_browser']);
    expect((await scene.browser.get(location)).status).toBe(302);
    expect(await isSignedIn(scene.browser)).toBe(true);
  });

  /** Returns a browser that has begun a sign-in of its own. */
  async function victimWithCookie(): Promise<HttpBrowser> {
    const victim = scene.newBrowser();
    await victim.get('/login');
    return victim;
  }

  test('counts once', async () => {
    const { location } = await scene.handOver();
    const browsers = [scene.browser, scene.browser.copy()];
    const answers = await Promise.all(browsers.map((browser) => browser.get(location)));
    expect(answers.map(({ status }) => status).sort()).toEqual([302, 400]);
    expect((await scene.browser.get(location)).status).toBe(400);
  });

  test('is rejected after a minute', async () => {
    const { location } = await scene.handOver();
    scene.clock.pass(60_000);
    await scene.expectRejected(await scene.browser.get(location), 400, 'expired');
  });

  test('opens a new session, and the one before ends', async () => {
    await scene.signIn();
    const before = scene.browser.copy();
    expect((await scene.signIn({}, '/wc-auth/v1/sign-in/handover')).status).toBe(302);
    expect(await isSignedIn(scene.browser)).toBe(true);
    expect(await isSignedIn(before)).toBe(false);
  });

  test.each([
    '//evil.test',
    '/\\evil.test',
    'https://evil.test/',
    '/..//evil.test',
    '/\t/evil.test',
    'javascript:alert(1)',
  ])('does not lead to %p', async (target) => {
    const path = `/wc-auth/v1/sign-in/handover?redirect_to=${encodeURIComponent(target)}`;
    expect((await scene.signIn({}, path)).location).toBe(`${scene.store.tlsUrl}/`);
  });

  test('and the post do not lead where a parameter return_to says', async () => {
    const more = `&return_to=${encodeURIComponent('https://evil.test')}`;
    const state = await scene.begin(`/wc-auth/v1/sign-in/handover?redirect_to=/keys${more}`);
    const form = { token: scene.token(state), return_to: 'https://evil.test', redirect_to: '//evil.test' };
    const { location } = await scene.post(form);
    expect(location.startsWith(`${scene.store.tlsUrl}${HANDOVER}?step=`)).toBe(true);
    expect((await scene.browser.get(location + more)).location).toBe(`${scene.store.tlsUrl}/keys`);
  });
});

test('the URLs do not exist when SIGN_IN does not list the hand-over', async () => {
  await scene.close();
  scene = await openHandoverScene({ env: { SIGN_IN: 'local' }, clock: fakeClock(Date.now()) });
  const answers = [
    await scene.post({ token: 'x' }),
    await scene.browser.get(`${HANDOVER}?step=x`),
    await scene.browser.get('/wc-auth/v1/sign-in/handover'),
  ];
  for (const { status, location } of answers)
    expect([status >= 400 && status < 500, location]).toEqual([true, '']);
});
