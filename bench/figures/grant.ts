import { once } from 'node:events';
import https, { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { testCertificates } from '../../tests/support/http/certificates';
import { load } from '../load';
import { median } from '../median';
import { start } from '../processes';
import type { Figure } from '../report';
import type { Bench } from '../run';
import { hiddenField, storeVisitor } from '../store-visitor';
import { atLeast, atMost } from './verify';

const GRANTS = 100;

/**
 * Compares the consent page with a route that only renders it, and measures a grant as the manager
 * waits for it.
 */
export async function grantFigures({ folder, rounds, seconds, few }: Bench): Promise<Figure[]> {
  const certificates = testCertificates();
  const app = createServer(certificates.app, (request, response) => {
    request.resume().on('end', () => response.end('ok'));
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

  const floor = await bareGrants(folder, callback, certificates.ca);
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
    const ms = performance.now() - began;
    times.push(ms / (await floor.one()));
  }
  manager.close();
  floor.close();
  app.close();
  await Promise.all([rendered, store].map((subject) => subject.stop()));
  return [
    atLeast('authorize, signed in / an Express route that renders the page', median(ratios), 0.25),
    atMost('a grant / a TLS POST to the same app and two commits', median(times), 3),
  ];
}

/**
 * What no grant can do without: one POST on a new TLS connection, and a commit before and after it.
 */
async function bareGrants(folder: string, callback: string, ca: string) {
  const connection = new Sqlite(join(folder, 'floor.sqlite'));
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.exec('create table floor (value text)');
  const insert = connection.prepare('insert into floor values (?)');
  const body = JSON.stringify({ consumer_key: 'ck', consumer_secret: 'cs' });
  const post = () =>
    new Promise<void>((resolve, reject) => {
      const request = https.request(callback, { method: 'POST', ca, agent: false }, (response) => {
        response.resume().on('end', resolve);
      });
      request.on('error', reject).end(body);
    });
  await post();
  return {
    /** Returns the milliseconds that one takes. */
    async one(): Promise<number> {
      const began = performance.now();
      insert.run(body);
      await post();
      insert.run(body);
      return performance.now() - began;
    },
    close: () => connection.close(),
  };
}
