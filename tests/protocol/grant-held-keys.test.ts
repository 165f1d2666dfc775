import { approve, ask, deny, grant, openConsent, route, type Ask } from '../support/scenes/grant-scene';
import { linkHref, textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
let asked: Ask;
beforeEach(async () => {
  [store, app] = await Promise.all([startTestStore(), startHttpsReceiver()]);
  manager = await store.signIn();
  asked = ask({ callback_url: app.url() });
});
afterEach(() => Promise.all([store.close(), app.stop()]));

const keyIds = async () => (await store.app.consumerKeys.list()).map(({ keyId }) => keyId);
/** Grants once and returns the new key's id. */
async function granted(parameters = asked, browser = manager): Promise<number> {
  expect((await grant(browser, parameters)).status).toBe(302);
  return (await keyIds()).at(-1) ?? 0;
}

describe('the keys that an app already has', () => {
  test('are kept when none is ticked', async () => {
    await granted();
    await granted();
    expect(await keyIds()).toHaveLength(2);
  });

  test('are all revoked when they are ticked', async () => {
    const [first, second, third] = [await granted(), await granted(), await granted()];
    await approve(manager, await openConsent(manager, asked), [first, third]);
    const left = await keyIds();
    expect(left).toHaveLength(2);
    expect(left).toContain(second);
    expect(left).not.toContain(first);
    expect(left).not.toContain(third);
  });

  test('are revoked only after the new key is delivered', async () => {
    const held = await granted();
    let during: number[] = [];
    app.program({ before: async () => (during = await keyIds()) });
    await approve(manager, await openConsent(manager, asked), [held]);
    expect(during).toContain(held);
    expect(await keyIds()).not.toContain(held);
  });

  test('are kept when the delivery fails and when the answer is Deny', async () => {
    const held = await granted();
    app.program({ status: 500 });
    await approve(manager, await openConsent(manager, asked), [held]);
    expect(await keyIds()).toEqual([held]);
    const consent = await openConsent(manager, asked);
    await deny(manager, { ...consent, fields: { ...consent.fields, revoke_key_ids: String(held) } });
    expect(await keyIds()).toEqual([held]);
  });

  test('have to be selected again after a failed delivery, and the page says so if some were', async () => {
    const sentence = 'The keys that you selected still work. Select them again when you try again.';
    const held = await granted();
    app.program({ status: 500 });
    const failed = await approve(manager, await openConsent(manager, asked), [held]);
    expect(textOf(failed.body)).toContain(sentence);
    const retry = await manager.get(linkHref(failed.body, 'wc-auth-retry') ?? '');
    expect(retry.form('wc_auth_nonce').unticked).toEqual([{ name: 'revoke_key_ids', value: String(held) }]);
    const without = await approve(manager, await openConsent(manager, asked));
    expect([without.status, textOf(without.body).includes(sentence)]).toEqual([401, false]);
  });

  test('are not selected by a link of the app', async () => {
    const held = await granted();
    const page = await manager.get(`${route('authorize', asked)}&revoke_key_ids=${held}`);
    const { ticked } = page.form('wc_auth_nonce');
    expect(ticked.filter(({ name }) => name === 'revoke_key_ids')).toEqual([]);
  });

  test('appear in the audit log as revoked by a grant', async () => {
    const held = await granted();
    await approve(manager, await openConsent(manager, asked), [held]);
    const [revoked] = await store.app.audit.list(1);
    expect(revoked).toMatchObject({
      event: 'key.revoked',
      login: 'manager',
      keyId: held,
      detail: { by: 'grant' },
    });
  });
});

describe('a key ID from an edited form', () => {
  test.each(['another app', 'another merchant id', 'another manager', 'a key made by hand'])(
    'is ignored when it belongs to %s',
    async (whose) => {
      let other = 0;
      if (whose === 'another app') other = await granted({ ...asked, app_name: 'Other' });
      if (whose === 'another merchant id') other = await granted({ ...asked, user_id: '43' });
      if (whose === 'another manager') {
        await store.addUser('second', 'administrator');
        other = await granted(asked, await store.signIn('second'));
      }
      if (whose === 'a key made by hand') {
        const { userId } = await store.userOf();
        const made = { userId, description: 'by hand', permissions: 'read', now: Date.now() } as const;
        other = (await store.app.consumerKeys.issue(made)).keyId;
      }
      const consent = await openConsent(manager, asked);
      const answer = await manager.post('/wc-auth/v1/access_granted', [
        ...Object.entries(consent.fields),
        ['revoke_key_ids', String(other)],
      ]);
      expect(answer.status).toBe(302);
      expect(await keyIds()).toContain(other);
    },
  );

  test.each(['', '-1', '1e99', 'NaN', '1 or 1=1', '99999999999999999999', '\0'])(
    'is ignored when it is %j',
    async (value) => {
      const held = await granted();
      const consent = await openConsent(manager, asked);
      for (const name of ['revoke_key_ids', 'revoke_key_ids[]', 'revoke_key_ids[a][b]']) {
        const answer = await manager.post('/wc-auth/v1/access_granted', [
          ...Object.entries(consent.fields),
          [name, value],
        ]);
        expect(answer.status).toBe(302);
      }
      expect(await keyIds()).toContain(held);
    },
  );
});
