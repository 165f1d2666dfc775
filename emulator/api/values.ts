// The values that the API stores and answers, and how WooCommerce writes them.

/** A JSON object. */
export type Values = Readonly<Record<string, unknown>>;

/** A stored object. */
export type Item = Values & { readonly id: number };

export function isObject(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the objects of a list. Skips anything else in it. */
export function objectsOf(value: unknown): Values[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Returns the number that a value starts with, or 0. */
export function numberOf(value: unknown): number {
  const number = typeof value === 'number' ? value : Number.parseFloat(textOf(value));
  return Number.isFinite(number) ? number : 0;
}

/** Returns an amount with two decimals, as orders and coupons have it. */
export function money(value: unknown): string {
  return (Math.round(numberOf(value) * 100) / 100).toFixed(2);
}

/** Returns the sum of the amounts that a member of each object has. */
export function sum(objects: readonly Values[], member: string): number {
  return objects.reduce((total, object) => total + numberOf(object[member]), 0);
}

export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
}

/** Returns a time as the API writes it, `2026-03-22T16:28:02`, in UTC. */
export function wireDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19);
}

const DATE = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * Parses a date, in UTC unless it names an offset. Returns milliseconds since 1970, or `undefined`
 * for any other text.
 */
export function parseDate(text: string): number | undefined {
  const [, day, time = '00:00:00', zone = 'Z'] = DATE.exec(text) ?? [];
  if (day === undefined) return undefined;
  const offset =
    zone.toUpperCase() === 'Z' ? 'Z' : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const ms = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Returns whether a text is a date with a time, as the filters of a list require it. */
export function hasTime(text: string): boolean {
  return /^.{10}[T ]\d{2}:\d{2}:\d{2}/i.test(text) && parseDate(text) !== undefined;
}
