import { InvalidArgumentError } from 'commander';

/** Parses the value of an option such as `--limit`. */
export function positiveNumber(value: string): number {
  if (!/^[1-9]\d{0,8}$/.test(value)) throw new InvalidArgumentError('It must be a positive number.');
  return Number(value);
}
