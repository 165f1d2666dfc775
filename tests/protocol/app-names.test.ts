import { ask, grant, openConsent } from '../support/scenes/grant-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { asJson, basic, REVOKE } from '../support/scenes/revocation-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

// App names that look the same to a person (protocol 2.1).

let store: TestStore;
let app: HttpsReceiver;
let manager: HttpBrowser;
beforeEach(async () => {
  [store, app] = await Promise.all([startTestStore({ tls: true }), startHttpsReceiver()]);
  manager = await store.signIn();
});
afterEach(() => Promise.all([store.close(), app.stop()]));

const LOOK_ALIKE = [
  'Parcel Pilot',
  'Par\u00adcel\u3164 \u2800Pi\u034flot\ufe0f',
  '\u200dParcel Pilot\ufffb\u{e0041}',
];
const NOTHING_SEEN = ['\u3164', '\u2800\u00ad', '\u115f\u180e\ufe0f\uffa0', '\u200d\u200c'];

async function grantAll(names: readonly string[]): Promise<void> {
  for (const app_name of names)
    expect((await grant(manager, ask({ app_name, callback_url: app.url() }))).status).toBe(302);
}

test.each([
  ['that differ only in invisible characters', LOOK_ALIKE, 'Parcel Pilot'],
  ['without a visible character', NOTHING_SEEN, 'An app without a name'],
])('treats names %s as one app, on the consent page and in the list of apps', async (_what, names, shown) => {
  await grantAll(names);
  const { page } = await openConsent(manager, ask({ app_name: names[0]!, callback_url: app.url() }));
  expect(textOf(page.body)).toContain(`${shown} wants to connect to`);
  expect(page.form('wc_auth_nonce').unticked).toHaveLength(names.length);
  const keys = await store.app.consumerKeys.list();
  expect(new Set(keys.map(({ app: of }) => of?.appName))).toEqual(new Set([shown]));
  expect(keys.every(({ description }) => description.startsWith(`${shown} - API (`))).toBe(true);
  const list = await manager.get('/apps');
  expect(list.body.match(/href="[^"]*\/apps\/disconnect\?/g)).toHaveLength(1);
});

test('hint=all-sessions ends the keys of every app whose name differs only in invisible characters', async () => {
  await grantAll(LOOK_ALIKE);
  const pair = JSON.parse(app.received()[0]!.body) as { consumer_key: string; consumer_secret: string };
  const key = { consumerKey: pair.consumer_key, consumerSecret: pair.consumer_secret };
  const { headers, body } = asJson({ hint: 'all-sessions' });
  const answer = await store
    .browser(store.tlsUrl)
    .send('POST', REVOKE, { headers: { ...headers, ...basic(key) }, body: body ?? '' });
  expect(answer.json()).toMatchObject({ data: { revoked: LOOK_ALIKE.length } });
  expect(await store.app.consumerKeys.list()).toEqual([]);
});
