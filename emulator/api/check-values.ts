import { invalidParams, missingParams, type Problem } from './api-error';
import type { Field, Fields } from './fields';
import { hasTime, isObject, numberOf, parseDate, textOf, wireDate, type Values } from './values';

/**
 * How values are checked. `request`: as WordPress checks the parameters of a request. `batch`: the
 * objects of a batch, which WooCommerce converts without a check. `seed`: the data that a store
 * starts with. It may set every field, and unknown ones too.
 */
export type Strictness = 'request' | 'batch' | 'seed';

/** A value that its field does not allow. */
class WrongValue extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * Returns the given values of the fields, converted to their types. Like WordPress, it skips fields
 * that are null or read-only, and reports missing parameters before wrong ones.
 *
 * @throws ApiError that lists the parameters
 */
export function checkValues(
  fields: Fields,
  given: Values,
  strictness: Strictness,
  isNew = false,
): Record<string, unknown> {
  const value = (name: string) => (Object.hasOwn(given, name) ? given[name] : undefined) ?? undefined;
  const missing = Object.entries(fields)
    .filter(([name, field]) => isNew && field.required && value(name) === undefined)
    .map(([name]) => name);
  if (missing.length > 0) throw missingParams(missing);
  const problems = new Map<string, Problem>();
  const checked: [string, unknown][] = [];
  for (const [name, field] of Object.entries(fields)) {
    const raw = value(name);
    if (raw === undefined || (field.readOnly && strictness !== 'seed')) continue;
    try {
      checked.push([name, checkValue(raw, field, name, strictness)]);
    } catch (error) {
      if (!(error instanceof WrongValue)) throw error;
      problems.set(name, { code: error.code, message: error.message });
    }
  }
  if (problems.size > 0) throw invalidParams(problems);
  return Object.fromEntries(checked);
}

function checkValue(value: unknown, field: Field, name: string, strictness: Strictness): unknown {
  switch (field.type) {
    case 'string':
      return checkText(value, field, name, strictness);
    case 'integer':
    case 'number':
      return checkNumber(value, field, name, strictness);
    case 'boolean':
      return checkFlag(value, name, strictness);
    case 'date':
      return checkDate(value, name, strictness);
    case 'array':
      return checkList(value, name, strictness, field.items);
    case 'object':
      return checkObject(value, field.fields ?? {}, name, strictness);
    case 'ids':
      return listOf(value).map((id) => Math.abs(Math.trunc(numberOf(id))));
    case 'mixed':
      return value;
  }
}

const wrongType = (name: string, type: string) =>
  new WrongValue('rest_invalid_type', `${name} is not of type ${type}.`);

function checkText(value: unknown, { options, format }: Field, name: string, strictness: Strictness): string {
  if (typeof value !== 'string' && (strictness === 'request' || !isScalar(value)))
    throw wrongType(name, 'string');
  const text = String(value);
  if (options && !options.includes(text))
    throw new WrongValue('rest_not_in_enum', `${name} is not one of ${enumeration(options)}.`);
  if (format === 'date-time' && !hasTime(text)) throw new WrongValue('rest_invalid_date', 'Invalid date.');
  if (format === 'email' && !EMAIL.test(text) && !(text === '' && strictness !== 'request'))
    throw new WrongValue('rest_invalid_email', 'Invalid email address.');
  return text;
}

const EMAIL = /^[^\s@]{1,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?\.[a-z0-9-]{1,63}$/i;

function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Lists values as WordPress does: `a, b, and c`. */
function enumeration(options: readonly string[]): string {
  if (options.length < 3) return options.join(' and ');
  return `${options.slice(0, -1).join(', ')}, and ${options.at(-1) ?? ''}`;
}

function checkNumber(value: unknown, field: Field, name: string, strictness: Strictness): number {
  const { type, minimum, maximum } = field;
  const isNumeric =
    typeof value === 'number' ||
    (typeof value === 'string' && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value));
  const number = isNumeric ? Number(value) : Number.NaN;
  const isRight = Number.isFinite(number) && (type === 'number' || Number.isInteger(number));
  if (!isRight && (strictness !== 'batch' || !isScalar(value))) throw wrongType(name, type);
  const kept = isRight ? number : Math.trunc(numberOf(value));
  if (minimum !== undefined && maximum !== undefined && (kept < minimum || kept > maximum))
    throw new WrongValue(
      'rest_out_of_bounds',
      `${name} must be between ${minimum} (inclusive) and ${maximum} (inclusive)`,
    );
  if (minimum !== undefined && kept < minimum)
    throw new WrongValue('rest_out_of_bounds', `${name} must be greater than or equal to ${minimum}`);
  return kept;
}

function checkFlag(value: unknown, name: string, strictness: Strictness): boolean {
  if (typeof value === 'boolean') return value;
  const text = textOf(value).toLowerCase();
  if (['1', 'true'].includes(text)) return true;
  if (['0', 'false'].includes(text)) return false;
  if (strictness === 'batch' && isScalar(value)) return text !== '';
  throw wrongType(name, 'boolean');
}

function checkDate(value: unknown, name: string, strictness: Strictness): string | null {
  if (value === null || value === '') return null;
  if (typeof value !== 'string') throw wrongType(name, 'string');
  const ms = parseDate(value);
  if (ms === undefined && strictness === 'seed')
    throw new WrongValue('rest_invalid_date', `${name} is not a date such as 2026-03-22T16:28:02.`);
  return ms === undefined ? null : wireDate(ms);
}

/** Returns the entries of a list. WordPress also takes them as text, separated by commas. */
function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return isScalar(value)
    ? String(value)
        .split(/[\s,]+/)
        .filter((entry) => entry !== '')
    : [];
}

function checkList(value: unknown, name: string, strictness: Strictness, items?: Field): unknown[] {
  if (!Array.isArray(value) && !isScalar(value)) throw wrongType(name, 'array');
  return listOf(value).map((entry, index) =>
    items ? checkValue(entry, items, `${name}[${index}]`, strictness) : entry,
  );
}

function checkObject(value: unknown, fields: Fields, name: string, strictness: Strictness): Values {
  // PHP does not distinguish a list from an object.
  if (value === '' || Array.isArray(value)) return {};
  if (!isObject(value)) throw wrongType(name, 'object');
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (!field) return strictness === 'seed' ? [[key, inner]] : [];
      // WooCommerce sets what is null in a batch to nothing.
      if (inner === null && (strictness !== 'request' || field.type === 'date')) return [];
      return [[key, checkValue(inner, field, `${name}[${key}]`, strictness)]];
    }),
  );
}
