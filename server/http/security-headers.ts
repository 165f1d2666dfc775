import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

export interface SecurityHeaderDependencies {
  /** The origin of a store logo that lies elsewhere. */
  readonly logoOrigin: string | undefined;
  /** Whether visitors come over TLS, so that they may be told to come no other way. */
  readonly secure: boolean;
}

const PERMISSIONS_POLICY = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()';

// Apps open the grant in a popup, watch `popup.closed` and expect `window.opener` on their return page (protocol 2.2).
// A Cross-Origin-Opener-Policy on one page of it, or on one redirect, cuts the popup off for good.
const OPENED_BY_APPS = /^\/(?:wc-auth\/v1|login)(?:\/|$)/i;

export type SecurityHeaders = ReturnType<typeof securityHeaders>;

export function securityHeaders({ logoOrigin, secure }: SecurityHeaderDependencies) {
  const images = ["'self'", 'data:', ...(logoOrigin === undefined ? [] : [logoOrigin])].join(' ');
  const policy = (formTargets: readonly string[]) =>
    [
      "default-src 'none'",
      "style-src 'self'",
      "script-src 'self'",
      `img-src ${images}`,
      `form-action ${["'self'", ...formTargets].join(' ')}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; ');
  const common = helmet({
    contentSecurityPolicy: false,
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    // `no-referrer` would make Chromium send `Origin: null` with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    crossOriginOpenerPolicy: false,
    crossOriginResourcePolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  const onEveryPage: RequestHandler = (request, response, next) => {
    response.set({
      'Content-Security-Policy': policy([]),
      'Permissions-Policy': PERMISSIONS_POLICY,
      'Cache-Control': 'no-store',
    });
    if (!OPENED_BY_APPS.test(request.path)) response.set('Cross-Origin-Opener-Policy', 'same-origin');
    common(request, response, next);
  };
  return {
    onEveryPage,
    /**
     * Lets this page's forms lead to other places. Chromium holds `form-action` against every redirect that follows a
     * form post, the app's own onward ones included, so the return_url's origin alone would not do.
     */
    allowFormTargets(response: Response, formTargets: readonly string[]): void {
      response.set('Content-Security-Policy', policy(formTargets));
    },
  };
}
