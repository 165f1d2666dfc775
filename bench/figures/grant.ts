import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { testCertificates } from '../../tests/support/certificates';
import { load } from '../load';
import { median } from '../median';
import { start } from '../processes';
import type { Figure } from '../report';
import type { Bench } from '../run';
import { hiddenField, storeVisitor } from '../store-visitor';
import { atLeast, atMost } from './verify';

const GRANTS = 100;

/** Compares the consent page with a route that only renders it, and measures a grant as the manager waits for it. */
export async function grantFigures({ rounds, seconds, few }: Bench): Promise<Figure[]> {
  const certificates = testCertificates();
  let received = 0;
  let inApp = 0;
  const app = createServer(certificates.app, (request, response) => {
    request.resume().on('end', () => {
      received = performance.now();
      response.on('finish', () => (inApp = performance.now() - received)).end('ok');
    });
  }).listen(0, '127.0.0.1');
  await once(app, 'listening');
  const callback = `https://localhost:${(app.address() as AddressInfo).port}/callback`;

  const rendered = await start('bench/servers/express-consent.ts');
  const store = await start('dist/server/main.js', {
    ...few.env,
    CALLBACK_ALLOW_HOSTS: 'localhost,app.example',
    NODE_EXTRA_CA_CERTS: certificates.caFile,
  });
  const manager = storeVisitor(store);
  const signedIn = await manager.signIn();
  if (signedIn.status !== 302) throw new Error(`signing in answered ${signedIn.status}`);

  const asked = (callbackUrl: string) => ({
    app_name: 'Bench App',
    user_id: '42',
    return_url: 'https://app.example/return',
    callback_url: callbackUrl,
    scope: 'read_write',
  });
  const path = (to: string) => `/wc-auth/v1/authorize?${new URLSearchParams(asked(to)).toString()}`;
  const ratios: number[] = [];
  for (let n = 0; n < rounds; n++) {
    const headers = { Cookie: manager.cookieHeader() };
    const ours = await load(store, { seconds, path: path('https://app.example/callback'), headers });
    const bare = await load(rendered, { seconds, path: '/wc-auth/v1/authorize', headers });
    ratios.push(ours.rate / bare.rate);
  }

  const times: number[] = [];
  for (let n = 0; n < GRANTS; n++) {
    // Each grant is for another merchant, so that no page has to list a hundred keys.
    const parameters = { ...asked(callback), user_id: `merchant ${n}` };
    const page = await manager.ask(
      'GET',
      `/wc-auth/v1/authorize?${new URLSearchParams(parameters).toString()}`,
    );
    const nonce = hiddenField(page.body, 'wc_auth_nonce');
    const began = performance.now();
    const done = await manager.ask('POST', '/wc-auth/v1/access_granted', {
      ...parameters,
      wc_auth_nonce: nonce,
    });
    if (done.status !== 302) throw new Error(`a grant answered ${done.status}`);
    times.push(performance.now() - began - inApp);
  }
  manager.close();
  app.close();
  await Promise.all([rendered, store].map((subject) => subject.stop()));
  return [
    atLeast('authorize, signed in / an Express route that renders the page', median(ratios), 0.25),
    atMost("a grant, without the app's own time", median(times), 10, 'ms'),
  ];
}
