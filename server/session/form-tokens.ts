import { createHmac, timingSafeEqual } from 'node:crypto';

export type FormTokens = ReturnType<typeof formTokens>;

/**
 * Makes and checks the hidden value of a form. It proves that this server sent the form to this
 * browser.
 *
 * The value is computed and not stored. It is bound to the browser's own secret (its session, or
 * the cookie of the sign-in form) and to the purpose of the form. A page that was open while the
 * secret key was replaced carries a value made with a `previous` key.
 */
export function formTokens(key: Buffer, ...previous: readonly Buffer[]) {
  const token = (purpose: FormPurpose, browser: string): string => tokenBy(key, purpose, browser);
  const tokenBy = (by: Buffer, purpose: FormPurpose, browser: string): string =>
    createHmac('sha256', by).update(`${purpose}:${browser}`).digest('base64url');
  return {
    token,
    matches(purpose: FormPurpose, browser: string, presented: string | undefined): boolean {
      const given = Buffer.from(presented ?? '');
      return [key, ...previous].some((by) => {
        const right = Buffer.from(tokenBy(by, purpose, browser));
        return given.length === right.length && timingSafeEqual(given, right);
      });
    },
  };
}

/**
 * `console`: every form of the console, and `/wc-auth/v1/revoke`. `once`: a form that can be sent
 * only once.
 */
export type FormPurpose = 'sign-in' | 'log-out' | 'console' | 'once';
