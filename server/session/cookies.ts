import type { Request, Response } from 'express';
import { parse } from 'cookie';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';

/** The cookies this server sets: who is signed in, which browser asked for a sign-in form, which has signed in before. */
export type CookieName = 'session' | 'sign_in' | 'known_browser';

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
    /** Without `maxAge`, in milliseconds, the browser forgets it when it is closed. */
    write(request: Request, response: Response, name: CookieName, value: string, maxAge?: number): void {
      const lasting = maxAge === undefined ? {} : { maxAge };
      response.cookie(nameOf(request, name), value, { ...attributes(request), ...lasting });
    },
    clear(request: Request, response: Response, name: CookieName): void {
      response.clearCookie(nameOf(request, name), attributes(request));
    },
  };
}
