import http, { type IncomingHttpHeaders } from 'node:http';
import https, { type Agent } from 'node:https';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The `Location` header, or the empty string. */
  readonly location: string;
}

export interface HttpClient {
  get(url: string): Promise<Answer>;
  /** Posts a form, with the `Origin` of its URL as a browser sends it. */
  post(url: string, form: readonly (readonly [string, string])[]): Promise<Answer>;
}

/**
 * Returns a browser without a display, which stops at redirects. It keeps cookies in `cookies`, and
 * sends `extra` headers.
 */
export function httpClient(
  agent: Agent,
  cookies: Map<string, string>,
  extra: Readonly<Record<string, string>>,
): HttpClient {
  function send(method: string, url: string, body?: string): Promise<Answer> {
    const headers = {
      Accept: 'text/html',
      ...extra,
      ...(cookies.size > 0 ? { Cookie: [...cookies].map((pair) => pair.join('=')).join('; ') } : {}),
      ...(body === undefined
        ? {}
        : {
            Origin: new URL(url).origin,
            'Content-Type': 'application/x-www-form-urlencoded',
            'Content-Length': Buffer.byteLength(body),
          }),
    };
    // Node's own parser of URLs would change the bytes of the query.
    const [, origin = '', path = ''] = /^(https?:\/\/[^/?#]*)([^#]*)/s.exec(url) ?? [];
    const secure = origin.startsWith('https:');
    const { hostname, port } = new URL(origin);
    const options = { method, hostname: hostname.replace(/^\[|\]$/g, ''), port, path, headers };
    return new Promise((resolve, reject) => {
      const request = secure ? https.request({ ...options, agent }) : http.request(options);
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          keep(response.headers['set-cookie'] ?? []);
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString('utf8'),
            location: response.headers.location ?? '',
          });
        });
      });
      request.end(body);
    });
  }

  function keep(lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';');
      const equals = pair.indexOf('=');
      const isOver = attributes.some((attribute) =>
        /^\s*(?:max-age=0|expires=Thu, 01 Jan 1970)/i.test(attribute),
      );
      if (isOver) cookies.delete(pair.slice(0, equals));
      else cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
  }

  return {
    get: (url) => send('GET', url),
    post: (url, form) =>
      send(
        'POST',
        url,
        form.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&'),
      ),
  };
}
