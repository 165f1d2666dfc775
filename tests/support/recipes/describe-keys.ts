import { rejected } from '../../unit/oauth-fixtures';
import { basicHeader, issueKey, query, signedTarget } from '../scenes/rest-scene';
import { PATH, type Headers, type RecipeScene } from './recipe-scene';

const MESSAGES = {
  wrong: rejected('Consumer secret is invalid.'),
  unknown: rejected('Consumer key is invalid.'),
  noWrite: rejected('The API key provided does not have write permissions.'),
};

/** Tests which keys a recipe accepts, and what the API then receives. */
export function describeKeys(scene: RecipeScene): void {
  const { sent, passed, rejection } = scene;
  const now = () => Math.floor(Date.now() / 1000);
  test('a correct key is accepted, and the API learns which key it is', async () => {
    const { headers, target } = passed(await sent(`${PATH}?page=2`, { headers: [basicHeader(scene.key)] }));
    const { userId } = await scene.store.userOf();
    expect(target).toBe(`${PATH}?page=2`);
    expect(headers).toMatchObject({
      'x-wc-key-id': String(scene.key.keyId),
      'x-wc-user-id': String(userId),
      'x-wc-permissions': 'read_write',
      'x-wc-app-user-id': 'Zo%C3%AB',
    });
  });

  test('a key is accepted in the query, and with OAuth over HTTP and HTTPS', async () => {
    const pair = `consumer_key=${scene.key.consumerKey}&consumer_secret=${scene.key.consumerSecret}`;
    passed(await sent(`${PATH}?${pair}`));
    for (const base of [scene.proxy.http, scene.proxy.https]) {
      scene.api.forget();
      const params = [
        ['search', 'a b&c'],
        ['include[]', '1'],
      ] as const;
      passed(await sent(signedTarget(scene.key, { origin: base, timestamp: now(), params }), { base }));
    }
  });

  test('a credential does not reach the API, however it was sent', async () => {
    const pair = `consumer_key=${scene.key.consumerKey}&a[]=%C3%BC+1&consumer_secret=${scene.key.consumerSecret}&b=2`;
    const signed = signedTarget(scene.key, { origin: scene.proxy.https, timestamp: now() });
    const asks: [string, Headers, string][] = [
      [PATH, [basicHeader(scene.key)], PATH],
      [`${PATH}?${pair}`, [], `${PATH}?a[]=%C3%BC+1&b=2`],
      [signed, [], PATH],
      [
        PATH,
        [['Authorization', `OAuth ${signed.split('?')[1]!.replaceAll('&', '", ').replaceAll('=', '="')}"`]],
        PATH,
      ],
    ];
    // The same signed request twice would be a replay.
    asks.splice(2, 1);
    for (const [target, headers, expected] of asks) {
      scene.api.forget();
      const seen = passed(await sent(target, { headers }));
      expect(seen.target).toBe(expected);
      expect(JSON.stringify(seen)).not.toMatch(
        new RegExp(`${scene.key.consumerSecret}|${scene.key.consumerKey}|uthorization|oauth_|consumer_`),
      );
    }
  });

  test('a wrong secret, an unknown key, a revoked key and a missing key are rejected in JSON', async () => {
    expect(
      rejection(await sent(PATH, { headers: [basicHeader({ ...scene.key, consumerSecret: 'cs_wrong' })] })),
    ).toEqual(MESSAGES.wrong);
    expect(
      rejection(await sent(PATH, { headers: [basicHeader({ ...scene.key, consumerKey: 'ck_x' })] })),
    ).toEqual(MESSAGES.unknown);
    const revoked = await issueKey(scene.store);
    passed(await sent(PATH, { headers: [basicHeader(revoked)] }));
    scene.api.forget();
    await scene.store.app.consumerKeys.remove(revoked.keyId);
    expect(rejection(await sent(PATH, { headers: [basicHeader(revoked)] }))).toEqual(MESSAGES.unknown);
    const answer = await sent(PATH);
    expect(rejection(answer)).toMatchObject({ status: 401, code: 'woocommerce_rest_cannot_view' });
    expect(answer.headers['www-authenticate']).toBe('Basic realm="WooCommerce API"');
  });

  test('a browser app can read a rejection', async () => {
    const origin = ['Origin', 'https://app.example'] as const;
    const wrong = basicHeader({ ...scene.key, consumerSecret: 'cs_wrong' });
    const answer = await sent(PATH, { headers: [origin, wrong] });
    expect(rejection(answer)).toEqual(MESSAGES.wrong);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': 'https://app.example',
      'access-control-allow-credentials': 'true',
      vary: expect.stringContaining('Origin'),
    });
    expect((await sent(PATH)).headers).not.toHaveProperty('access-control-allow-origin');
  });

  test('a preflight of a signed URL reaches the API', async () => {
    const headers: Headers = [
      ['Origin', 'https://app.example'],
      ['Access-Control-Request-Method', 'GET'],
    ];
    const target = signedTarget(scene.key, { origin: scene.proxy.https, timestamp: now() });
    expect(passed(await sent(target, { method: 'OPTIONS', headers })).headers).toMatchObject({
      origin: 'https://app.example',
      'access-control-request-method': 'GET',
    });
  });

  test('a key whose owner lost the role gets a 403', async () => {
    const leaver = await scene.store.addUser('leaver', 'administrator');
    const theirs = await issueKey(scene.store, 'read', { userId: leaver.userId });
    await scene.store.app.users.setRole(leaver.userId, 'customer');
    expect(rejection(await sent(PATH, { headers: [basicHeader(theirs)] }))).toMatchObject({
      status: 403,
      code: 'woocommerce_rest_cannot_view',
    });
  });

  test('a read key may not write, in whatever way it names the method', async () => {
    const headers: Headers = [basicHeader(scene.reader)];
    passed(await sent(PATH, { headers }));
    scene.api.forget();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expect(rejection(await sent(PATH, { method, headers, body: '{}' }))).toEqual(MESSAGES.noWrite);
    expect(rejection(await sent(`${PATH}?_method=DELETE`, { headers }))).toEqual(MESSAGES.noWrite);
    expect(
      rejection(await sent(PATH, { headers: [...headers, ['X-HTTP-Method-Override', 'DELETE']] })),
    ).toEqual(MESSAGES.noWrite);
  });

  test('a key in clear text over HTTP is rejected, whatever the client says about its connection', async () => {
    const headers: Headers = [
      basicHeader(scene.key),
      ['X-Forwarded-Proto', 'https'],
      ['X-Forwarded-Ssl', 'on'],
    ];
    expect(rejection(await sent(PATH, { headers, base: scene.proxy.http }))).toMatchObject({
      status: 401,
      message: expect.stringContaining('https only'),
    });
  });

  test('the API gets bodies and targets byte for byte', async () => {
    const headers: Headers = [basicHeader(scene.key), ['Content-Type', 'application/json']];
    const target = `${PATH}/caf%C3%A9;a=1//%2F$0$1?filter[a]=%20+&x=%5B&y&z={env.HOME}//path?//query`;
    const body = JSON.stringify({ name: 'x'.repeat(5_000_000) });
    const seen = passed(await sent(target, { method: 'POST', headers, body }));
    expect(seen.target).toBe(target);
    expect(seen.body).toBe(body);
    scene.api.forget();
    const chunked: Headers = [...headers, ['Transfer-Encoding', 'chunked']];
    expect(
      passed(await sent(PATH, { method: 'PUT', headers: chunked, body: '2\r\n{}\r\n0\r\n\r\n' })).body,
    ).toBe('{}');
  });
}

/** Tests what only a recipe rejects that asks wc-auth-server without the body. */
export function describeUnseenBodies(scene: RecipeScene): void {
  test('a signature that covers a form is rejected, because the body is not sent to wc-auth-server', async () => {
    const form = [['name', 'x']] as const;
    const target = signedTarget(scene.key, {
      method: 'POST',
      origin: scene.proxy.https,
      timestamp: Math.floor(Date.now() / 1000),
      form,
    });
    const headers: Headers = [['Content-Type', 'application/x-www-form-urlencoded']];
    const answer = await scene.sent(target, { method: 'POST', headers, body: query(form) });
    expect(scene.rejection(answer).status).toBe(401);
  });
}
