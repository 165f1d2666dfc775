import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { HANDOVER, secretKey, signedToken } from './handover-scene';

/** The back end of a store, with a sign-in page of its own. */
export interface BackEnd {
  /** On `localhost`, which is another site than `127.0.0.1`. */
  readonly url: string;
  /** The settings of a store that uses it. */
  readonly env: Readonly<Record<string, string>>;
  /** Has to be called before anyone signs in. */
  serve(storeUrl: string): void;
  /** The headers of each visit to its sign-in page. */
  readonly visits: readonly { readonly query: URLSearchParams; readonly headers: IncomingHttpHeaders }[];
  stop(): Promise<void>;
}

const SESSION = 'office_session=1';

/** Starts a back end. Its page asks for a click, and then hands the person over without one. */
export async function startBackEnd(): Promise<BackEnd> {
  const key = secretKey();
  const visits: { query: URLSearchParams; headers: IncomingHttpHeaders }[] = [];
  let storeUrl = '';

  function handoverPage(state: string): string {
    const token = signedToken(key, {
      aud: storeUrl,
      sub: 'user-1',
      email: 'eve@office.test',
      name: 'Eve',
      role: 'shop_manager',
      exp: Math.floor(Date.now() / 1000) + 30,
      jti: randomUUID(),
      nonce: state,
    });
    return `<!doctype html><title>Office</title><form method="post" action="${storeUrl}${HANDOVER}">
      <input type="hidden" name="token" value="${token}"><button>Continue</button></form>
      <script>document.forms[0].submit()</script>`;
  }

  const server = createServer((request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', 'http://localhost');
    response.setHeader('Content-Type', 'text/html');
    if (pathname !== '/sign-in') return response.writeHead(404).end();
    visits.push({ query, headers: request.headers });
    const isKnown = (request.headers.cookie ?? '').includes(SESSION) && query.get('prompt') !== 'login';
    if (isKnown || query.get('entered') === '1') {
      response.setHeader('Set-Cookie', `${SESSION}; HttpOnly; SameSite=Lax`);
      return response.end(handoverPage(query.get('state') ?? ''));
    }
    const fields = [...query, ['entered', '1'] as const].filter(([name]) => name !== 'prompt');
    const inputs = fields.map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`);
    return response.end(
      `<!doctype html><title>Office</title><form>${inputs.join('')}<button>Enter the office</button></form>`,
    );
  }).listen(0, 'localhost');
  await once(server, 'listening');
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;

  return {
    url,
    env: { SIGN_IN: 'handover', SIGN_IN_URL: `${url}/sign-in`, ...key.env },
    serve(to) {
      storeUrl = to;
    },
    visits,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
