import type { IssuedKey } from '../../server/consumer-keys/consumer-key-service';
import { packageVersion } from '../../server/version';
import { openEndpoint, type Endpoint } from '../support/http/endpoints';
import { approve, ask, deny, grant, openConsent } from '../support/scenes/grant-scene';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { basicHeader, issueKey, NOW, signedTarget } from '../support/scenes/rest-scene';
import { fakeClock, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let app: HttpsReceiver;
let key: IssuedKey;
let endpoint: Endpoint;
beforeEach(async () => {
  store = await startTestStore({
    clock: fakeClock(NOW * 1000),
    env: { TRUST_PROXY: 'loopback', SIGN_IN_FAILURES: '1' },
  });
  app = await startHttpsReceiver();
  key = await issueKey(store);
  endpoint = await openEndpoint('forward auth', store);
});
afterEach(async () => {
  await endpoint.close();
  await app.stop();
  await store.close();
});

/** Returns the samples that are not 0, without their type and help lines. */
async function counted(prefix: string): Promise<Record<string, number>> {
  const lines = (await store.app.metrics.metrics()).split('\n').filter((line) => line.startsWith(prefix));
  const samples = lines.map((line) => /^(.+) (\S+)$/.exec(line)!).map(([, name, value]) => [name, value]);
  const numbers = samples.map(([name = '', value]) => [name, Number(value)] as const);
  return Object.fromEntries(numbers.filter(([, number]) => number !== 0));
}

test('the metrics count verifications by outcome and by the kind of credential', async () => {
  const wrong = { ...key, consumerSecret: `cs_${'0'.repeat(40)}` };
  for (let round = 0; round < 3; round++) await endpoint.send({ headers: [basicHeader(key)] });
  await endpoint.send({ headers: [basicHeader(wrong)] });
  await endpoint.send({ headers: [basicHeader(key)], secure: false });
  await endpoint.send({ target: signedTarget(key), secure: false });
  await endpoint.send({});
  await store.database.knex('consumer_keys').update({ permissions: 'read' });
  await endpoint.send({ headers: [basicHeader(key)], method: 'POST' });
  expect(await counted('wc_auth_verifications_total')).toEqual({
    'wc_auth_verifications_total{outcome="accepted",credential="plain"}': 3,
    'wc_auth_verifications_total{outcome="accepted",credential="oauth"}': 1,
    'wc_auth_verifications_total{outcome="refused",credential="plain"}': 2,
    'wc_auth_verifications_total{outcome="refused",credential="insecure"}': 1,
    'wc_auth_verifications_total{outcome="refused",credential="none"}': 1,
  });
});

test('the metrics do not count a verification that the database cannot answer as a rejection', async () => {
  await store.database.knex.raw('alter table consumer_keys rename to gone');
  await endpoint.send({ headers: [basicHeader(key)] });
  expect(await counted('wc_auth_verifications_total')).toEqual({
    'wc_auth_verifications_total{outcome="failed",credential="plain"}': 1,
  });
});

test('the metrics count grants by outcome, once for each form, and callbacks by time and failure', async () => {
  const manager = await store.signInByForm();
  const parameters = ask({ callback_url: app.url() });
  const consent = await openConsent(manager, parameters);
  await Promise.all([1, 2, 3].map(() => approve(manager, consent)));
  app.program({ status: 500 });
  await grant(manager, parameters);
  await deny(manager, await openConsent(manager, parameters));
  expect(await counted('wc_auth_grants_total')).toEqual({
    'wc_auth_grants_total{outcome="approved"}': 1,
    'wc_auth_grants_total{outcome="delivery_failed"}': 1,
    'wc_auth_grants_total{outcome="denied"}': 1,
  });
  expect(await counted('wc_auth_callback_failures_total')).toEqual({
    'wc_auth_callback_failures_total{kind="status"}': 1,
  });
  expect(await counted('wc_auth_callback_seconds_count')).toEqual({ wc_auth_callback_seconds_count: 2 });
});

test('the metrics count sign-ins and revocations', async () => {
  await store.signInByForm();
  const browser = store.browser();
  const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
  const wrong = { ...fields, username: 'manager', password: 'not this one' };
  expect((await browser.post('/login', wrong)).status).toBe(200);
  expect((await browser.post('/login', wrong)).status).toBe(429);
  await browser.post('/login', { ...wrong, wc_auth_csrf: 'forged' });
  const found = await store.app.consumerKeys.find(key.keyId);
  await endpoint.send({ headers: [basicHeader(key)] });
  expect(found).toBeDefined();
  const token = `${key.consumerKey}:${key.consumerSecret}`;
  const revoked = await fetch(`${store.url}/wc-auth/v1/revoke`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(token)}`, 'x-forwarded-proto': 'https' },
  });
  expect(revoked.status).toBe(200);
  expect(await counted('wc_auth_sign_ins_total')).toEqual({
    'wc_auth_sign_ins_total{outcome="signed_in"}': 1,
    'wc_auth_sign_ins_total{outcome="wrong"}': 1,
    'wc_auth_sign_ins_total{outcome="forged"}': 1,
    'wc_auth_sign_ins_total{outcome="throttled"}': 1,
  });
  expect(await counted('wc_auth_revocations_total')).toEqual({ 'wc_auth_revocations_total{by="app"}': 1 });
});

test('the metrics have every series from the start, and none names a key, an account, an app or an address', async () => {
  const before = await store.app.metrics.metrics();
  expect(before.split('\n')).toContain('wc_auth_grants_total{outcome="approved"} 0');
  await grant(await store.signInByForm(), ask({ callback_url: app.url(), app_name: 'Parcel Pilot' }));
  await endpoint.send({ headers: [basicHeader(key)] });
  const after = await store.app.metrics.metrics();
  const names = (text: string) => text.split('\n').map((line) => line.replace(/ \S+$/, ''));
  expect(names(after)).toEqual(names(before));
  expect(after).not.toMatch(/\bc[ks]_|manager@|Parcel|127\.0\.0\.1|localhost/);
});

test('the metrics name the versions of the server and of Node in the build information', async () => {
  expect(await store.app.metrics.getSingleMetricAsString('wc_auth_build_info')).toContain(
    `wc_auth_build_info{version="${packageVersion()}",node="${process.version}"} 1`,
  );
});

test('the metrics show whether the server is ready', async () => {
  expect(await counted('wc_auth_ready')).toEqual({ wc_auth_ready: 1 });
  await store.database.knex.raw('alter table schema_migrations rename to gone');
  expect(await counted('wc_auth_ready')).toEqual({});
});
