import type { ErrorHeaders } from './http-errors';
import type { MessageText } from './message-text';

/**
 * Returns the text and the header of a 429 after too many wrong passwords.
 * @param waitMs Milliseconds until the next attempt counts.
 */
export const tooManyAttempts = (waitMs: number): { text: MessageText; headers: ErrorHeaders } => ({
  text: { key: 'login.too_many', values: { count: Math.ceil(waitMs / 60_000) } },
  headers: { 'Retry-After': String(Math.ceil(waitMs / 1000)) },
});
