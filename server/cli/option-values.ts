import { InvalidArgumentError } from 'commander';
import { UserError } from '../errors/user-error';
import { parseUrl } from '../http/parse-url';
import { loadLanguages } from '../pages/languages';
import { DETAIL_CHECKS } from '../users/account-details';
import type { AccountDetails } from '../users/user';

/** Parses the value of an option such as `--limit`. */
export function positiveNumber(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a positive number.');
  return Number(value);
}

/** Parses the origin of a callback URL, as keys store it. */
export function callbackOrigin(value: string): string {
  const url = parseUrl(value);
  if (url?.protocol !== 'https:' || url.href !== `${url.origin}/`)
    throw new InvalidArgumentError(
      'It must be an https address without a path, such as https://app.example.',
    );
  return url.origin;
}

/** Returns the parser of a new login, email address or name. */
export const accountDetail =
  (name: keyof AccountDetails) =>
  (value: string): string => {
    try {
      DETAIL_CHECKS[name](value);
      return value;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      throw new InvalidArgumentError(loadLanguages().standard(error.text.key, error.text.values));
    }
  };
