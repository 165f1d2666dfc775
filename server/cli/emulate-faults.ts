import { InvalidArgumentError } from 'commander';

const CALLBACK_FAULTS = ['unreachable', 'timeout', 'duplicate', 'read-only'] as const;

/** What `--fail` asks for, as `Store.fail` of the test kit takes it. */
export interface ChosenFaults {
  readonly callback?: (typeof CALLBACK_FAULTS)[number];
  readonly api?: {
    readonly status: number;
    readonly every?: number;
    readonly retryAfter?: number;
    readonly path?: RegExp;
  };
}

const FORM = `It must be callback:FAULT (${CALLBACK_FAULTS.join(', ')}) or api:STATUS, such as api:429,every=3,retry-after=5,path=/orders.`;

/** Adds the faults of one more `--fail` to those before it. */
export function addFault(value: string, before: ChosenFaults = {}): ChosenFaults {
  const [, kind = '', rest = ''] = /^(callback|api):(.+)$/s.exec(value) ?? [];
  if (kind === '') throw new InvalidArgumentError(FORM);
  if (before[kind as keyof ChosenFaults] !== undefined)
    throw new InvalidArgumentError(`There is another --fail ${kind}:…. Give one of each kind.`);
  return {
    ...before,
    ...(kind === 'callback' ? { callback: callbackFault(rest) } : { api: apiFault(rest) }),
  };
}

function callbackFault(name: string): NonNullable<ChosenFaults['callback']> {
  const fault = CALLBACK_FAULTS.find((one) => one === name);
  if (fault === undefined) throw new InvalidArgumentError(FORM);
  return fault;
}

function apiFault(text: string): NonNullable<ChosenFaults['api']> {
  // A pattern may contain commas, so it comes last.
  const [, list = '', pattern] = /^(.*?)(?:,path=(.*))?$/s.exec(text) ?? [];
  const [status = '', ...settings] = list.split(',');
  if (!/^[45]\d\d$/.test(status))
    throw new InvalidArgumentError(`The status must be a number from 400 to 599. ${FORM}`);
  const chosen = Object.fromEntries(settings.map(setting));
  return {
    status: Number(status),
    ...chosen,
    ...(pattern === undefined ? {} : { path: regularExpression(pattern) }),
  };
}

function setting(text: string): ['every' | 'retryAfter', number] {
  const [, name, digits] = /^(every|retry-after)=(\d{1,9})$/.exec(text) ?? [];
  const value = Number(digits);
  if (name === undefined || (name === 'every' && value === 0))
    throw new InvalidArgumentError(
      `"${text}" is not every=NUMBER, retry-after=SECONDS or, at the end, path=PATTERN.`,
    );
  return [name === 'every' ? 'every' : 'retryAfter', value];
}

function regularExpression(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (error) {
    throw new InvalidArgumentError(`path is not a regular expression: ${(error as Error).message}.`);
  }
}
