import { createHmac, timingSafeEqual } from 'node:crypto';

export type FormTokens = ReturnType<typeof formTokens>;

/**
 * The value a form carries to prove that this server gave it to this browser. It is computed, not stored: bound to the
 * browser's own secret (its session, or the cookie that came with the sign-in form) and to what the form does. A page that was open while the
 * secret key was replaced carries one made with a `previous` key.
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

/** `console`: every form of a manager's pages, and `/wc-auth/v1/revoke`; `once`: a form that may be sent one time. */
export type FormPurpose = 'sign-in' | 'log-out' | 'console' | 'once';
