import { approve, ask, grant, openConsent, route } from '../support/scenes/grant-scene';
import { linkHref, textOf, titleOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type Behavior, type HttpsReceiver } from '../support/http/https-receiver';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
beforeAll(async () => {
  [store, app] = await Promise.all([
    startTestStore({ env: { CALLBACK_TIMEOUT_MS: '500' } }),
    startHttpsReceiver(),
  ]);
  manager = await store.signIn();
});
afterEach(async () => {
  app.clear();
  await store.database.knex('consumer_keys').delete();
});
afterAll(() => Promise.all([store.close(), app.stop()]));

const keys = () => store.app.consumerKeys.list();
const FAILED =
  'Error: An error occurred in the request and at the time were unable to send the consumer data.';

describe('a grant whose keys the app does not accept', () => {
  const failures: readonly [string, Behavior, string][] = [
    ['201', { status: 201 }, 'The app answered with status 201.'],
    ['202', { status: 202 }, 'status 202'],
    ['204', { status: 204 }, 'status 204'],
    ['302', { status: 302, headers: { location: 'https://localhost/elsewhere' } }, 'a redirect (status 302)'],
    ['404', { status: 404 }, 'status 404'],
    ['500', { status: 500 }, 'status 500'],
    ['a reset', { mode: 'reset' }, 'closed the connection'],
    ['silence', { mode: 'hang' }, 'did not finish its answer within 0.5 seconds'],
    ['a body that never ends', { mode: 'slow-body' }, 'did not finish its answer within'],
    ['something other than HTTP', { mode: 'garbage' }, 'did not answer with HTTP'],
  ];
  test.each(failures)(
    'shows the failure without the app’s answer and deletes the key after %s',
    async (...of) => {
      const [, behavior, words] = of;
      app.program({ body: behavior.status === 204 ? '' : 'BODY-OF-THE-APP', ...behavior });
      const answer = await grant(manager, ask({ callback_url: app.url() }));
      expect([answer.status, titleOf(answer.body)]).toEqual([401, expect.stringMatching(/^Access denied/)]);
      expect(textOf(answer.body)).toContain(FAILED);
      expect(textOf(answer.body)).toContain(words);
      expect(textOf(answer.body).replaceAll(new URL(store.url).host, '')).not.toMatch(
        /BODY-OF-THE-APP|127\.0\.0\.1|elsewhere|ck_|cs_/,
      );
      expect(await keys()).toEqual([]);
      expect(app.received()).toHaveLength(1);
    },
  );

  test('names a port that refuses the connection', async () => {
    const gone = await startHttpsReceiver();
    const url = gone.url();
    await gone.stop();
    const answer = await grant(manager, ask({ callback_url: url }));
    expect(textOf(answer.body)).toContain('refused the connection');
    expect(await keys()).toEqual([]);
  });

  test.each([
    ['wrongName', 'is for another host name', 'tls_wrong-name'],
    ['selfSigned', 'is self-signed', 'tls_self-signed'],
    ['expired', 'has expired', 'tls_expired'],
  ] as const)(
    'sends no key to an app whose certificate is invalid (%s)',
    async (certificate, words, code) => {
      const bad = await startHttpsReceiver({ certificate });
      const answer = await grant(manager, ask({ callback_url: bad.url() }));
      expect(textOf(answer.body)).toContain(words);
      expect(textOf(answer.body)).toContain(`Code ${code} `);
      expect([bad.received().length, (await keys()).length]).toEqual([0, 0]);
      await bad.stop();
    },
  );

  test('offers a new consent page with one click, and then succeeds', async () => {
    app.program({ status: 500 });
    const asked = ask({ callback_url: app.url(), user_id: 'a+b=' });
    const failed = await grant(manager, asked);
    const retry = linkHref(failed.body, 'wc-auth-retry') ?? '';
    expect(retry).toBe(route('authorize', asked));
    app.program({ status: 200 });
    const page = await manager.get(retry);
    const { fields } = page.form('wc_auth_nonce');
    expect((await approve(manager, { page, fields, nonce: '' })).status).toBe(302);
    expect(await keys()).toHaveLength(1);
  });

  test('says first that the store is fine, then the cause, the fix and the ways out', async () => {
    app.program({ status: 500 });
    const asked = ask({ callback_url: app.url(), return_url: 'https://app.example/done?tab=2#end' });
    const { status, body } = await grant(manager, asked);
    expect([status, /<h1[^>]*>([\s\S]*?)<\/h1>/.exec(body)?.[1]?.replace(/<[^>]*>/g, '')]).toEqual([
      401,
      'Parcel Pilot could not be connected',
    ]);
    const inOrder = [
      'could not be connected Your store is fine.',
      'What went wrong The app answered with status 500.',
      `What to tell the app Answer POST ${new URL(app.url()).pathname} with status 200.`,
      'Try again Back to Parcel Pilot',
      'Details for the app’s developer',
      FAILED,
    ].map((text) => textOf(body).indexOf(text));
    expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
    expect(inOrder).not.toContain(-1);
    expect(linkHref(body, 'wc-auth-cancel')).toBe('https://app.example/done?tab=2&success=0&user_id=42#end');
  });

  test('tells the app only what the app can do, and the operator the rest', async () => {
    app.program({ mode: 'hang' });
    const { body } = await grant(manager, ask({ callback_url: app.url() }));
    const [toApp, toOperator] = textOf(body).split('What the store’s operator can do');
    expect(toApp).toContain('What to tell the app The app must answer sooner.');
    expect(toApp).not.toContain('CALLBACK_TIMEOUT_MS');
    expect(toOperator).toContain('If the app needs more time, raise CALLBACK_TIMEOUT_MS.');
  });

  test('leads back to an app with a scheme of its own', async () => {
    app.program({ status: 500 });
    const failed = await grant(manager, ask({ callback_url: app.url(), return_url: 'myapp://done' }));
    expect(linkHref(failed.body, 'wc-auth-cancel')).toBe('myapp://done?success=0&user_id=42');
  });

  test('escapes the name of the app', async () => {
    app.program({ status: 500 });
    const { body } = await grant(manager, ask({ callback_url: app.url(), app_name: 'A & "B" \'C\'' }));
    expect(body).toContain(
      '<strong><bdi>A &amp; &#34;B&#34; &#39;C&#39;</bdi></strong> could not be connected',
    );
  });

  test('folds the details that its developer needs, with the id of the request in the log', async () => {
    app.program({ status: 503 });
    const { body, headers } = await grant(manager, ask({ callback_url: app.url() }));
    const details = /<details class="details">([\s\S]*)<\/details>/.exec(body)?.[1] ?? '';
    const id = String(headers['x-request-id']);
    expect(textOf(details)).toMatch(
      new RegExp(
        `^Details for the app’s developer Request ID ${id} Time \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC ` +
          'Status that the app answered with 503 Code status$',
      ),
    );
    expect(store.logs.filter(({ requestId }) => requestId === id)).not.toEqual([]);
  });

  test('has no status in the details of an app that did not answer', async () => {
    app.program({ mode: 'hang' });
    const { body } = await grant(manager, ask({ callback_url: app.url() }));
    expect(textOf(body)).toContain('Status that the app answered with No answer Code timeout');
  });

  test('shows the same error as JSON to a client that accepts JSON', async () => {
    app.program({ status: 500 });
    const { fields } = await openConsent(manager, ask({ callback_url: app.url() }));
    const answer = await manager.post('/wc-auth/v1/access_granted', fields, { accept: 'application/json' });
    expect([answer.status, answer.json()['message']]).toEqual([401, FAILED]);
  });
});

describe('a key whose callback is in flight', () => {
  test('exists and is pending until its deadline', async () => {
    let during: unknown;
    app.program({ before: async () => void (during = await store.database.knex('consumer_keys').first()) });
    const before = Date.now();
    await grant(manager, ask({ callback_url: app.url() }));
    expect(during).toMatchObject({ pending_lease: store.database.lease.id, app_name: 'Parcel Pilot' });
    const { pending_until: until } = during as { pending_until: number };
    expect(until).toBeGreaterThanOrEqual(before + 500);
    expect(until).toBeLessThan(Date.now() + 60_000);
    expect(await keys()).toMatchObject([{ pending: false }]);
  });

  test('exists for an app that then answers with an error, and is gone afterwards', async () => {
    let during = 0;
    app.program({ status: 500, before: async () => (during = (await keys()).length) });
    await grant(manager, ask({ callback_url: app.url() }));
    expect([during, (await keys()).length]).toEqual([1, 0]);
  });

  test('is not listed among the keys that the app already has', async () => {
    let held: unknown;
    const asked = ask({ callback_url: app.url() });
    app.program({
      before: async () => (held = (await openConsent(manager, asked)).page.form('wc_auth_nonce').unticked),
    });
    await grant(manager, asked);
    expect(held).toEqual([]);
  });

  test('stays revoked when it is revoked meanwhile, and the page says so', async () => {
    app.program({
      before: async () => {
        for (const { keyId } of await keys()) await store.app.consumerKeys.remove(keyId);
      },
    });
    const answer = await grant(manager, ask({ callback_url: app.url() }));
    expect([answer.status, textOf(answer.body)]).toEqual([
      401,
      expect.stringContaining('The key was revoked before the app confirmed it.'),
    ]);
    expect(await keys()).toEqual([]);
  });

  test('is gone without an error when its owner is removed', async () => {
    const { userId } = await store.addUser('leaver', 'shop_manager');
    const leaver = await store.signIn('leaver');
    app.program({ before: () => store.app.users.remove(userId) });
    const answer = await grant(leaver, ask({ callback_url: app.url() }));
    expect(answer.status).toBe(401);
    expect(await keys()).toEqual([]);
  });

  test.each([
    [200, 302, 1],
    [500, 401, 0],
  ])(
    'gets the same outcome when the browser disconnects and the app answers %i',
    async (appSays, status, count) => {
      const consent = await openConsent(manager, ask({ callback_url: app.url() }));
      const leaving = new AbortController();
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      const gone = new Promise<void>((resolve) => {
        app.program({
          status: appSays,
          before: () => {
            leaving.abort();
            resolve();
            return gate;
          },
        });
      });
      const form = new URLSearchParams({ ...consent.fields }).toString();
      const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: store.url };
      const left = manager.send('POST', '/wc-auth/v1/access_granted', {
        headers,
        body: form,
        signal: leaving.signal,
      });
      await expect(left).rejects.toThrow(/abort/);
      await gone;
      release();
      // The second submit waits for the outcome of the first one.
      expect((await approve(manager, consent)).status).toBe(status);
      expect([app.received().length, (await keys()).length]).toEqual([1, count]);
    },
  );
});
