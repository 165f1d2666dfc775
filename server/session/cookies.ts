import type { Request, Response } from 'express';
import { parse } from 'cookie';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';

/**
 * The cookies of this server: the session, the browser of a sign-in form, and the proof of an
 * earlier sign-in.
 */
export type CookieName = 'session' | 'sign_in' | 'known_browser';

export type Cookies = ReturnType<typeof cookies>;

/**
 * Sets cookies with `HttpOnly; SameSite=Lax`, and over TLS with `Secure` and the prefix `__Host-`
 * (RFC 6265bis section 4.1.3.2).
 *
 * That prefix requires `Path=/`. A store with a path keeps its cookies under its path and uses
 * `__Secure-` instead.
 */
export function cookies({ storeUrl, visitorOf }: { storeUrl: StoreUrl; visitorOf: VisitorOf }) {
  const path = storeUrl.basePath === '' ? '/' : storeUrl.basePath;
  const prefix = (secure: boolean) => (!secure ? '' : path === '/' ? '__Host-' : '__Secure-');
  const nameOf = (request: Request, name: CookieName) =>
    `${prefix(visitorOf(request).secure)}wc_auth_${name}`;
  const attributes = (request: Request) =>
    ({ httpOnly: true, sameSite: 'lax', secure: visitorOf(request).secure, path }) as const;
  return {
    read(request: Request, name: CookieName): string | undefined {
      const value = parse(request.headers.cookie ?? '')[nameOf(request, name)];
      return value === '' ? undefined : value;
    },
    /** `maxAge` is in milliseconds. Without it, the cookie ends with the browser session. */
    write(request: Request, response: Response, name: CookieName, value: string, maxAge?: number): void {
      const lasting = maxAge === undefined ? {} : { maxAge };
      response.cookie(nameOf(request, name), value, { ...attributes(request), ...lasting });
    },
    clear(request: Request, response: Response, name: CookieName): void {
      response.clearCookie(nameOf(request, name), attributes(request));
    },
  };
}
