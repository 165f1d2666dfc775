import { createHmac, timingSafeEqual } from 'node:crypto';

export type FormTokens = ReturnType<typeof formTokens>;

/**
 * The value a form carries to prove that this server gave it to this browser. It is computed, not stored: bound to the
 * browser's own secret (its session, or the cookie that came with the sign-in form) and to what the form does.
 */
export function formTokens(key: Buffer) {
  const token = (purpose: FormPurpose, browser: string): string =>
    createHmac('sha256', key).update(`${purpose}:${browser}`).digest('base64url');
  return {
    token,
    matches(purpose: FormPurpose, browser: string, presented: string | undefined): boolean {
      const right = Buffer.from(token(purpose, browser));
      const given = Buffer.from(presented ?? '');
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}

/** `console`: every form of a manager's pages, and `/wc-auth/v1/revoke`; `once`: a form that may be sent one time. */
export type FormPurpose = 'sign-in' | 'log-out' | 'console' | 'once';
