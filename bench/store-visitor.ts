import http from 'node:http';
import { text } from 'node:stream/consumers';
import type { Subject } from './processes';
import { PASSWORD } from './seed';

export interface Page {
  readonly status: number;
  readonly body: string;
  readonly location: string | undefined;
}

/** A minimal browser for the store: it keeps cookies and one connection. */
export function storeVisitor(subject: Subject) {
  const agent = new http.Agent({ keepAlive: true });
  const cookies = new Map<string, string>();

  async function ask(method: string, path: string, form?: Record<string, string>): Promise<Page> {
    const body = form ? new URLSearchParams(form).toString() : undefined;
    const request = http.request({
      agent,
      host: '127.0.0.1',
      port: subject.port,
      method,
      path,
      headers: {
        Cookie: cookieHeader(),
        ...(body === undefined
          ? {}
          : {
              'Content-Type': 'application/x-www-form-urlencoded',
              'Content-Length': Buffer.byteLength(body),
            }),
      },
    });
    return new Promise((resolve, reject) => {
      request.on('error', reject).on('response', (response) => {
        for (const line of response.headers['set-cookie'] ?? []) {
          const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
          if (value === '') cookies.delete(name);
          else cookies.set(name, value);
        }
        text(response).then((said) => {
          resolve({ status: response.statusCode ?? 0, body: said, location: response.headers.location });
        }, reject);
      });
      request.end(body);
    });
  }

  const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

  return {
    ask,
    cookieHeader,
    async signIn(password = PASSWORD): Promise<Page> {
      const page = await ask('GET', '/login');
      const token = hiddenField(page.body, 'wc_auth_csrf');
      return ask('POST', '/login', { username: 'manager', password, wc_auth_csrf: token });
    },
    close: () => {
      agent.destroy();
    },
  };
}

export function hiddenField(html: string, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
}
