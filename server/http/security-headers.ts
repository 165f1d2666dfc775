import type { RequestHandler, Response } from 'express';
import helmet from 'helmet';

export interface SecurityHeaderDependencies {
  /** The origin of a store logo on another host. */
  readonly logoOrigin: string | undefined;
  /** Whether STORE_URL is https. If so, `Strict-Transport-Security` is sent. */
  readonly secure: boolean;
}

const PERMISSIONS_POLICY = 'camera=(), geolocation=(), microphone=(), payment=(), usb=()';

// Apps open the grant in a popup, watch `popup.closed` and expect `window.opener` on their return
// page (protocol 2.2). A Cross-Origin-Opener-Policy on a single page or redirect of the grant cuts
// that connection for good.
const OPENED_BY_APPS = /^\/(?:wc-auth\/v1|login)(?:\/|$)/i;

export type SecurityHeaders = ReturnType<typeof securityHeaders>;

/**
 * Returns the middleware that sets the security headers of every page, and a function that loosens
 * them for one page.
 */
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
     * Allows this page's forms to lead to other origins. Chromium applies `form-action` to every
     * redirect after a form post, and the app may redirect further, so allowing only the
     * return_url's origin is not enough.
     */
    allowFormTargets(response: Response, formTargets: readonly string[]): void {
      response.set('Content-Security-Policy', policy(formTargets));
    },
  };
}
