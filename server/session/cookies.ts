import type { Request, Response } from 'express';
import { parse } from 'cookie';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';

/** The two cookies this server sets: who is signed in, and which browser asked for a sign-in form. */
export type CookieName = 'session' | 'sign_in';

export type Cookies = ReturnType<typeof cookies>;

/**
 * `HttpOnly; SameSite=Lax`, and over TLS `Secure` with the `__Host-` prefix (RFC 6265bis, 4.1.3.2). The prefix demands
 * `Path=/`; a store under a path keeps its cookie there and takes `__Secure-` instead.
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
    write(request: Request, response: Response, name: CookieName, value: string): void {
      response.cookie(nameOf(request, name), value, attributes(request));
    },
    clear(request: Request, response: Response, name: CookieName): void {
      response.clearCookie(nameOf(request, name), attributes(request));
    },
  };
}
