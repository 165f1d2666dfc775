import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the service says of a person, as oauth2-proxy spells it. */
export interface ServicePerson {
  readonly user: string;
  readonly email: string;
  readonly preferred_username: string;
  readonly groups: string;
}

export interface AuthService {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts a small sign-in service with the addresses of oauth2-proxy: `/oauth2/auth` says who is there,
 * `/oauth2/start` has a form, and `/oauth2/sign_out` ends the session and goes to `rd`.
 */
export async function startAuthService(
  people: Readonly<Record<string, ServicePerson>>,
): Promise<AuthService> {
  const sessions = new Map<string, ServicePerson>();
  const server = http.createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://service');
    const [, token = ''] = /(?:^|;\s*)_oauth2_proxy=([^;]*)/.exec(request.headers.cookie ?? '') ?? [];
    const goTo = (location: string, cookie: string) =>
      response
        .writeHead(302, { location, 'set-cookie': `_oauth2_proxy=${cookie}; Path=/; HttpOnly; Secure` })
        .end();
    if (pathname === '/oauth2/auth') {
      const person = sessions.get(token);
      const named = Object.entries(person ?? {}).map(
        ([name, value]) => [`X-Auth-Request-${name.replaceAll('_', '-')}`, String(value)] as const,
      );
      return response.writeHead(person ? 202 : 401, Object.fromEntries(named)).end();
    }
    if (pathname === '/oauth2/sign_out') {
      sessions.delete(token);
      return goTo(searchParams.get('rd') ?? '/', '; Max-Age=0');
    }
    if (request.method !== 'POST') {
      const rd = String(request.headers['x-auth-request-redirect'] ?? '/');
      return response.writeHead(200, { 'content-type': 'text/html' }).end(formWith(rd));
    }
    return void text(request).then((body) => {
      const form = new URLSearchParams(body);
      const person = people[form.get('login') ?? ''];
      if (!person) return response.writeHead(403).end();
      const fresh = randomBytes(16).toString('hex');
      sessions.set(fresh, person);
      return goTo(form.get('rd') ?? '/', fresh);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

const formWith = (rd: string) => `<!doctype html><title>Sign-in service</title>
<form method="post" action="/oauth2/callback"><input name="login" aria-label="Login">
<input type="hidden" name="rd" value="${rd.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">
<button>Enter</button></form>`;
