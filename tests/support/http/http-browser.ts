import http, { type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { testCertificates } from './certificates';
import { formWith, type HtmlForm } from './html-forms';

/** An answer. Redirects are not followed. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The `Location` header, or the empty string. */
  readonly location: string;
  json(): Record<string, unknown>;
  /** The form with this field. */
  form(field: string): HtmlForm;
}

/** A form as pairs, so that a field can occur twice, or a raw body. */
export type Form = Readonly<Record<string, string>> | readonly (readonly [string, string])[] | string;

/**
 * A browser without a display: it keeps cookies, sends an Origin with forms, and stops at every
 * redirect.
 */
export interface HttpBrowser {
  /** A path below the store, or a whole URL. */
  get(target: string, headers?: OutgoingHttpHeaders): Promise<Answer>;
  /** Posts a form as a page of the store would: with the `Origin` of the target. */
  post(target: string, form: Form, headers?: OutgoingHttpHeaders): Promise<Answer>;
  send(
    method: string,
    target: string,
    rest?: { headers?: OutgoingHttpHeaders | undefined; body?: string | Buffer; signal?: AbortSignal },
  ): Promise<Answer>;
  readonly cookies: Map<string, string>;
  /** Returns another browser with the same cookies. */
  copy(): HttpBrowser;
}

/** `ca`: in PEM, the authority of the servers' certificates. */
export function httpBrowser(storeUrl: string, cookies = new Map<string, string>(), ca?: string): HttpBrowser {
  const urlOf = (target: string) => (/^https?:\/\//.test(target) ? target : storeUrl + target);

  const browser: HttpBrowser = {
    cookies,
    copy: () => httpBrowser(storeUrl, new Map(cookies), ca),
    get: (target, headers) => browser.send('GET', target, { headers }),
    post: (target, form, headers) =>
      browser.send('POST', target, {
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          origin: new URL(urlOf(target)).origin,
          ...headers,
        },
        body: typeof form === 'string' ? form : encodeForm(form),
      }),
    send(method, target, { headers = {}, body, signal } = {}) {
      const url = urlOf(target);
      const [, origin = '', path = ''] = /^(https?:\/\/[^/?#]*)(.*)$/s.exec(url) ?? [];
      const { hostname, port, protocol } = new URL(origin);
      const options = {
        method,
        hostname: hostname.replace(/^\[|\]$/g, ''),
        port,
        // The target is sent as written, because Node's URL would normalize the bytes that a test
        // is about.
        path: path.startsWith('/') ? path : `/${path}`,
        agent: false as const,
        headers: {
          ...(cookies.size > 0 ? { cookie: [...cookies].map(([k, v]) => `${k}=${v}`).join('; ') } : {}),
          ...(body === undefined || 'transfer-encoding' in headers
            ? {}
            : { 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
        ...(signal ? { signal } : {}),
        ...(protocol === 'https:' ? { ca: ca ?? testCertificates().ca } : {}),
      };
      return new Promise<Answer>((resolve, reject) => {
        const request = (protocol === 'https:' ? https : http).request(options, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            keep(cookies, response.headers['set-cookie'] ?? []);
            resolve(
              answer(response.statusCode ?? 0, response.headers, Buffer.concat(chunks).toString('utf8')),
            );
          });
        });
        request.on('error', reject);
        request.end(body);
      });
    },
  };
  return browser;
}

/** Returns the fields of a form except one. */
export function without(fields: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([other]) => other !== name));
}

export function encodeForm(form: Exclude<Form, string>): string {
  const pairs = Array.isArray(form) ? (form as readonly (readonly [string, string])[]) : Object.entries(form);
  return pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

function answer(status: number, headers: IncomingHttpHeaders, body: string): Answer {
  return {
    status,
    headers,
    body,
    location: headers.location ?? '',
    json: () => JSON.parse(body) as Record<string, unknown>,
    form: (field) => formWith(body, field),
  };
}

function keep(cookies: Map<string, string>, lines: readonly string[]): void {
  for (const line of lines) {
    const [pair = ''] = line.split(';');
    const name = pair.slice(0, pair.indexOf('='));
    const ended = /;\s*(?:expires=Thu, 01 Jan 1970|max-age=0)/i.test(line);
    if (ended) cookies.delete(name);
    else cookies.set(name, pair.slice(name.length + 1));
  }
}
