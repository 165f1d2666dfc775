import type { IssuedKey } from '../../../server/consumer-keys/consumer-key-service';
import { NOW, oauthHeader, query, signed } from '../../unit/oauth-fixtures';
import { approve, ask, deny, openConsent, route } from './grant-scene';
import { htmlForms } from '../http/html-forms';
import { httpBrowser, type Answer, type HttpBrowser } from '../http/http-browser';
import type { HttpsReceiver } from '../http/https-receiver';
import type { PlantedSecrets } from './planted-secrets';
import { basicHeader } from './rest-scene';

export interface LeakScene {
  readonly url: string;
  readonly secrets: PlantedSecrets;
  readonly receiver: HttpsReceiver;
  readonly login: string;
  readonly password: string;
}

const SECURE = { 'x-forwarded-proto': 'https' };
const REST = '/wp-json/wc/v3/products';

/**
 * Returns a browser whose cookies, and tokens in forms, are planted as secrets when it receives
 * them.
 */
export async function signIn({ url, secrets, login, password }: LeakScene): Promise<HttpBrowser> {
  const browser = httpBrowser(url);
  const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
  secrets.plant('sign-in token', fields['wc_auth_csrf']!);
  const wrong = secrets.plant('wrong password', 'wrong-Passw0rd-8317264');
  await browser.post('/login', { ...fields, username: login, password: wrong });
  await browser.post('/login', {
    ...fields,
    username: secrets.plant('password typed as a name', 'typed-As-Name-99417'),
    password,
  });
  for (const [name, value] of browser.cookies) secrets.plant(`cookie ${name}`, value);
  const answer = await browser.post('/login', { ...fields, username: login, password });
  if (answer.status !== 302) throw new Error(`could not sign in: ${answer.status}`);
  for (const [name, value] of browser.cookies) secrets.plant(`cookie ${name}`, value);
  return browser;
}

/** Returns every form of a page, with its hidden values planted. */
export async function formsOn(browser: HttpBrowser, path: string, secrets: PlantedSecrets) {
  const forms = htmlForms((await browser.get(path)).body);
  for (const { fields } of forms)
    for (const name of ['_wpnonce', 'wc_auth_nonce', 'form_id'])
      if ((fields[name] ?? '') !== '') secrets.plant(`form value ${name}`, fields[name]!);
  return forms;
}

/**
 * Makes grants that are approved, denied, rejected by the app, interrupted and redirected. Returns
 * the delivered keys.
 */
export async function grantTraffic(scene: LeakScene, manager: HttpBrowser): Promise<IssuedKey[]> {
  const { receiver, secrets } = scene;
  const body = secrets.plant("the app's answer", 'app-answer-body-5530198');
  receiver.program({ status: 500, body, headers: { 'x-app': body } }, '/no');
  receiver.program({ mode: 'reset' }, '/reset');
  receiver.program({ mode: 'garbage' }, '/garbage');
  receiver.program({ status: 302, headers: { location: `https://localhost/${body}` } }, '/moved');
  for (const path of ['/ok', '/no', '/reset', '/garbage', '/moved'])
    for (const decide of [approve, deny]) {
      const consent = await openConsent(manager, ask({ callback_url: receiver.url(path) }));
      secrets.plant('consent nonce', consent.nonce);
      await decide(manager, consent);
      await decide(manager, { ...consent, fields: { ...consent.fields, wc_auth_nonce: 'x'.repeat(43) } });
    }
  return receiver.received().map(({ body: sent }) => {
    const { key_id, consumer_key, consumer_secret } = JSON.parse(sent) as Record<string, string>;
    return plantPair(secrets, {
      keyId: Number(key_id),
      consumerKey: consumer_key!,
      consumerSecret: consumer_secret!,
    });
  });
}

export function plantPair(secrets: PlantedSecrets, pair: IssuedKey): IssuedKey {
  secrets.plant(`consumer key of ${pair.keyId}`, pair.consumerKey);
  secrets.plant(`consumer secret of ${pair.keyId}`, pair.consumerSecret);
  const [, header] = basicHeader(pair);
  secrets.plant(`Basic of ${pair.keyId}`, header.replace('Basic ', ''));
  return pair;
}

/**
 * Sends a key to every endpoint in every form: correct, wrong, unknown, over plain HTTP, malformed.
 */
export async function keyTraffic({ url, secrets }: LeakScene, pair: IssuedKey): Promise<Answer[]> {
  const visitor = httpBrowser(url);
  const wrong = secrets.plant('wrong consumer secret', `cs_${'5e'.repeat(20)}`);
  const unknown = secrets.plant('unknown consumer key', `ck_${'7d'.repeat(20)}`);
  const pairs = [pair, { ...pair, consumerSecret: wrong }, { ...pair, consumerKey: unknown }];
  const answers: Answer[] = [];
  for (const { consumerKey, consumerSecret } of pairs) {
    const basic = {
      authorization: `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`,
    };
    const own = query([
      ['consumer_key', consumerKey],
      ['consumer_secret', consumerSecret],
    ]);
    const bearer = { authorization: `Bearer ${consumerKey}.${consumerSecret}` };
    const oauth = signed({
      key: consumerKey,
      secret: consumerSecret,
      url: `http://store.test${REST}`,
      timestamp: Math.floor(Date.now() / 1000),
    });
    secrets.plant('signature', oauth.at(-1)![1]);
    const stale = signed({
      key: consumerKey,
      secret: consumerSecret,
      url: `http://store.test${REST}`,
      timestamp: NOW,
    });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const forwarded = { ...SECURE, 'x-forwarded-method': 'GET', 'x-forwarded-uri': `${REST}?${own}` };
    const sent = [
      visitor.get(REST, { ...SECURE, ...basic }),
      visitor.get(REST, basic),
      visitor.get(`${REST}?${own}`, SECURE),
      visitor.get(`${REST}?${own}`),
      visitor.get(`${REST}?${query(oauth)}`),
      visitor.get(REST, { authorization: oauthHeader(stale) }),
      visitor.send('POST', REST, { headers: form, body: query(oauth) }),
      visitor.send('POST', REST, { headers: { ...form, ...SECURE }, body: own }),
      visitor.send('BREW', `${REST}?${own}`, { headers: { ...SECURE, ...basic } }),
      visitor.get('/wc-auth/v1/verify', forwarded),
      visitor.get('/wc-auth/v1/verify', { ...forwarded, 'x-forwarded-uri': `http://[${own}` }),
      visitor.get(`/wc-auth/v1/authorize?${own}`),
      visitor.get(`/nothing/here/${consumerSecret}?${own}`),
      visitor.get(`/keys/%zz?${own}`, { ...SECURE, ...basic }),
      visitor.send('POST', '/wc-auth/v1/revoke', {
        headers: { ...form, ...SECURE },
        body: `${own}&token=ck_0&hint=nonsense`,
      }),
      visitor.send('POST', '/wc-auth/v1/revoke', {
        headers: { 'content-type': 'application/json', ...SECURE, ...bearer },
        body: `{"token":"${consumerSecret}`,
      }),
      visitor.send('POST', '/wc-auth/v1/revoke', {
        headers: { ...form, ...SECURE, ...basic },
        body: own.replace('_secret=', '_secret=x'),
      }),
      visitor.get(
        `/shopper/auth/v1/organizations/o/oauth2/logout?client_id=${consumerKey}&refresh_token=${consumerSecret}`,
        { ...SECURE, ...basic },
      ),
      visitor.get(`/shopper/auth/v1/organizations/o/oauth2/logout?refresh_token=x.${consumerSecret}`, {
        ...SECURE,
        ...bearer,
      }),
      visitor.send('POST', '/auth/logout', {
        headers: { ...form, ...SECURE, ...basic },
        body: `token=x.${consumerSecret}`,
      }),
    ];
    answers.push(...(await Promise.all(sent)));
  }
  return answers;
}

/** Revokes a key as an app does, in each possible way. */
export async function revokeTraffic({ url }: LeakScene, pairs: readonly IssuedKey[]): Promise<number[]> {
  const visitor = httpBrowser(url);
  const bearer = ({ consumerKey, consumerSecret }: IssuedKey) => ({
    ...SECURE,
    authorization: `Bearer ${consumerKey}.${consumerSecret}`,
  });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const [first, second, third, fourth] = pairs;
  const own = `client_id=${first!.consumerKey}&client_secret=${first!.consumerSecret}`;
  const answers = [
    await visitor.send('POST', '/wc-auth/v1/revoke', {
      headers: { ...form, ...SECURE },
      body: `${own}&token=${first!.consumerKey}.${first!.consumerSecret}`,
    }),
    await visitor.send('POST', '/wc-auth/v1/revoke', { headers: bearer(second!) }),
    await visitor.get(
      `/shopper/auth/v1/organizations/o/oauth2/logout?refresh_token=${third!.consumerKey}.${third!.consumerSecret}`,
      bearer(third!),
    ),
    await visitor.send('POST', '/auth/logout', { headers: bearer(fourth!) }),
  ];
  return answers.map(({ status }) => status);
}

/**
 * Uses the console: makes and replaces a pair, changes the password, sends wrong forms, including
 * `route` of a grant.
 */
export async function consoleTraffic(scene: LeakScene, manager: HttpBrowser): Promise<Answer[]> {
  const { secrets, password } = scene;
  const answers: Answer[] = [];
  const [newKey] = (await formsOn(manager, '/keys/new', secrets)).filter(
    ({ action }) => action === '/keys/new',
  );
  const made = await manager.post('/keys/new', {
    ...newKey!.fields,
    description: 'Made by hand',
    permissions: 'read',
    'resources[]': 'orders',
  });
  const { keyId } = plantShown(secrets, made);
  const replace = (await formsOn(manager, `/keys/${keyId}/replace`, secrets)).find(({ action }) =>
    action.endsWith('/replace'),
  );
  const atOnce = { ...replace!.fields, overlap: '0' };
  plantShown(secrets, await manager.post(replace!.action, atOnce), keyId);
  answers.push(await manager.post(replace!.action, atOnce), await manager.post('/keys/new', newKey!.fields));
  const change = (await formsOn(manager, '/account', secrets)).find(
    ({ action }) => action === '/account/password',
  );
  const next = secrets.plant('new password', 'new-Passw0rd-2290744');
  const typed = { current_password: password, new_password: next, new_password_again: next };
  answers.push(
    await manager.post('/account/password', {
      ...change!.fields,
      ...typed,
      new_password_again: secrets.plant('mistyped password', 'mistyped-11038876'),
    }),
    await manager.post('/account/password', { ...change!.fields, ...typed, current_password: next }),
    await manager.post('/account/password', { ...change!.fields, ...typed, surplus: password }),
    await manager.post('/account/password', typed),
    await manager.post(route('login', ask()), { username: 'x', password }),
  );
  await manager.post('/account/password', { ...change!.fields, ...typed });
  await manager.post('/account/password', {
    ...change!.fields,
    current_password: next,
    new_password: password,
    new_password_again: password,
  });
  return answers;
}

function plantShown(secrets: PlantedSecrets, { body }: Answer, keyId?: number): IssuedKey {
  const of = (id: string) => new RegExp(`id="${id}"[^>]*>(c[ks]_[0-9a-f]{40})<`).exec(body)?.[1] ?? '';
  const shown = keyId ?? Number(/\/keys\/(\d+)/.exec(body)?.[1]);
  return plantPair(secrets, {
    keyId: shown,
    consumerKey: of('consumer_key'),
    consumerSecret: of('consumer_secret'),
  });
}
