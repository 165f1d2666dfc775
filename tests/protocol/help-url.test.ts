import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express from 'express';
import { canonicalRestPath } from '../../server/index';
import { ENDPOINTS, openEndpoint } from '../support/http/endpoints';
import { linkHref } from '../support/http/html-forms';
import type { CertificateKind } from '../support/http/certificates';
import { startHttpsReceiver, type Behavior } from '../support/http/https-receiver';
import { exchange, requestBytes } from '../support/http/raw-http';
import { ask, grant, route } from '../support/scenes/grant-scene';
import { CLOSED_PORT_URL } from '../support/scenes/rest-scene';
import { asForm, asJson, basic, makeKey, send } from '../support/scenes/revocation-scene';
import { startTestStore, type TestStore } from '../support/store/test-store';

const HELP_URL = 'https://help.example/errors?lang=en';
const docs = readFileSync(join(__dirname, '../../docs/errors.md'), 'utf8');
const headings = [...docs.matchAll(/^### (.+)$/gm)].map(([, heading]) => heading);

const env = { TRUST_PROXY: 'loopback', UPSTREAM_URL: CLOSED_PORT_URL };
let helpful: TestStore;
let plain: TestStore;
beforeAll(async () => {
  [helpful, plain] = await Promise.all([
    startTestStore({ tls: true, env: { ...env, HELP_URL } }),
    startTestStore({ tls: true, env }),
  ]);
});
afterAll(() => Promise.all([helpful.close(), plain.close()]));

/** A request that is rejected, and the code of its answer. */
interface Rejection {
  readonly code: string;
  readonly body: (store: TestStore) => Promise<string>;
}

const raw =
  (method: string, target: string, headers: readonly (readonly [string, string])[] = [], body = '') =>
  async (store: TestStore) => {
    const secured = [...headers, ['X-Forwarded-Proto', 'https'], ['Accept', 'application/json']] as const;
    return (await exchange(store.url, requestBytes(method, target, secured, body))).text;
  };
const wrongKey = ['Authorization', 'Basic Y2tfMTpjc18x'] as const;

const rejections: Readonly<Record<string, Rejection>> = Object.fromEntries([
  ...ENDPOINTS.map((name): [string, Rejection] => [
    `${name} without a key`,
    {
      code: 'woocommerce_rest_cannot_view',
      async body(store) {
        const endpoint = await openEndpoint(name, store);
        const { text } = await endpoint.send({});
        await endpoint.close();
        return text;
      },
    },
  ]),
  [
    'the gateway with an unknown key',
    { code: 'woocommerce_rest_authentication_error', body: raw('GET', '/wp-json/wc/v3/orders', [wrongKey]) },
  ],
  [
    'forward auth for an upgrade',
    { code: 'wc_auth_upgrade_refused', body: raw('GET', '/wc-auth/v1/verify', [['Upgrade', 'h2c']]) },
  ],
  [
    'forward auth with the header for nginx',
    {
      code: 'woocommerce_rest_cannot_view',
      async body(store) {
        const { headers } = await exchange(store.url, requestBytes('GET', '/wc-auth/v1/verify'));
        return String(headers['x-wc-refusal']);
      },
    },
  ],
  [
    'the gateway in front of an API that is down',
    {
      code: 'bad_gateway',
      async body(store) {
        const { authorization } = basic(await makeKey(store));
        return raw('GET', '/wp-json/wc/v3/orders', [['Authorization', authorization]])(store);
      },
    },
  ],
  ['the legacy API', { code: 'woocommerce_api_disabled', body: raw('GET', '/wc-api/v3/orders') }],
  [
    'a page with an unreadable transfer coding',
    {
      code: 'rest_unsupported_transfer_encoding',
      body: raw('POST', '/login', [['Transfer-Encoding', 'gzip, chunked']], '0\r\n\r\n'),
    },
  ],
  [
    'revocation as JSON',
    {
      code: 'woocommerce_rest_authentication_error',
      body: async (store) => (await send(store, asJson({ token: 'ck_x' }))).body,
    },
  ],
  ['the connect flow', { code: 'wp_die', body: raw('GET', '/wc-auth/v1/authorize') }],
  ['an unknown page', { code: 'bad_request', body: raw('GET', '/nowhere') }],
]);

interface ErrorBody {
  readonly code: string;
  readonly data: { readonly status: number; readonly help?: string };
}

test.each(Object.entries(rejections))(
  'with HELP_URL, %s links to the explanation of its code',
  async (_name, rejection) => {
    const { code, data } = JSON.parse(await rejection.body(helpful)) as ErrorBody;
    expect([code, data.help]).toEqual([rejection.code, `${HELP_URL}#${rejection.code}`]);
    expect(headings).toContain(rejection.code);
  },
);

test.each(Object.entries(rejections))(
  'without HELP_URL, %s has the same body but for the link',
  async (_name, rejection) => {
    const withHelp = await rejection.body(helpful);
    const link = `,"help":"${HELP_URL}#${rejection.code}"`;
    expect(withHelp).toContain(link);
    expect(await rejection.body(plain)).toBe(
      withHelp.replace(link, '').replaceAll(helpful.tlsUrl, plain.tlsUrl),
    );
  },
);

test('a rejected form at /revoke has the link where OAuth libraries look for it', async () => {
  const sent = asForm({ token: 'ck_x', client_id: 'ck_1', client_secret: 'cs_1' });
  expect((await send(helpful, sent)).json()).toEqual({
    error: 'invalid_client',
    error_description: 'Consumer key is invalid.',
    error_uri: `${HELP_URL}#woocommerce_rest_authentication_error`,
  });
  expect((await send(plain, sent)).body).toBe(
    '{"error":"invalid_client","error_description":"Consumer key is invalid."}',
  );
});

test('the middleware for canonical paths links to the help that it is given', async () => {
  const answerOf = async (helpUrl: string | undefined) => {
    const app = express().use(canonicalRestPath(helpUrl === undefined ? {} : { helpUrl }));
    const server = app.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const target = '/wp-json/wc/v3/orders?rest_route=/wc/v3/products';
    const answer = await exchange(`http://127.0.0.1:${port}`, requestBytes('GET', target));
    server.close();
    server.closeAllConnections();
    return (answer.json() as unknown as ErrorBody).data;
  };
  expect(await answerOf(HELP_URL)).toEqual({
    status: 401,
    help: `${HELP_URL}#woocommerce_rest_authentication_error`,
  });
  expect(await answerOf(undefined)).toEqual({ status: 401 });
});

describe('the link on a page', () => {
  const helpLinks = async (open: (store: TestStore) => Promise<string>) =>
    Promise.all([helpful, plain].map(async (store) => linkHref(await open(store), 'wc-auth-help')));

  test.each([
    ['a rejected parameter', route('authorize', ask({ scope: 'all' })), 'wp_die'],
    ['an unknown address', '/nowhere', 'bad_request'],
  ])('leads from the page of %s to its code, and is absent without HELP_URL', async (_name, path, code) => {
    const links = await helpLinks(async (store) => (await store.browser(store.tlsUrl).get(path)).body);
    expect(links).toEqual([`${HELP_URL}#${code}`, undefined]);
  });

  test.each<[string, CertificateKind, Behavior]>([
    ['status', 'app', { status: 500 }],
    ['redirect', 'app', { status: 302, headers: { location: 'https://app.example/' } }],
    ['tls_self-signed', 'selfSigned', {}],
  ])(
    'leads from the page of a failed delivery to %s, and is absent without HELP_URL',
    async (code, certificate, program) => {
      const app = await startHttpsReceiver({ certificate });
      app.program(program);
      const asked = ask({ callback_url: app.url() });
      const links = await helpLinks(async (store) => (await grant(await store.signIn(), asked)).body);
      await app.stop();
      expect(links).toEqual([`${HELP_URL}#${code}`, undefined]);
      expect(docs).toMatch(new RegExp(`^#### ${code}$`, 'm'));
    },
  );
});
