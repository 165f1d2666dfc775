import { HttpError } from './http-errors';
import type { FieldText } from './message-text';

/**
 * 400: a value that a person entered is not possible. The form shows the text beside its fields,
 * and the command line prints it.
 */
export class UserError extends HttpError {
  override readonly name = 'UserError';
  readonly status = 400;
  constructor(readonly text: FieldText) {
    super(text.key);
  }
}

/**
 * Runs `work`, and returns the text of the UserError it threw, or `undefined` if it succeeded.
 * @throws every other error of `work`.
 */
export async function userErrorOf(work: () => Promise<unknown>): Promise<FieldText | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.text;
    throw error;
  }
}
