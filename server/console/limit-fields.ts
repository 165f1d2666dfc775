import { checkLifetime, endOf, type KeyLifetimes } from '../consumer-keys/key-lifetime';
import { parseAddresses, parseResources, RESOURCES, type KeyLimits } from '../consumer-keys/key-limits';
import type { FieldText } from '../errors/message-text';
import { UserError } from '../errors/user-error';

/** The fields of a form about what limits a key. */
export const LIMIT_FIELDS = { texts: ['ends', 'ends_on', 'addresses'], lists: ['resources'] } as const;

/** What was typed into these fields. */
export interface LimitValues {
  /** `keep`, `never`, `date`, or a number of days. */
  readonly ends: string;
  /** The date of `date`: `2026-05-01`. */
  readonly endsOn: string;
  readonly resources: readonly string[];
  /** As typed: separated by commas or white space. */
  readonly addresses: string;
}

/** Returns the values with which a form shows these limits. */
export const limitValues = ({ resources, addresses }: KeyLimits, ends: string): LimitValues => ({
  ends,
  endsOn: '',
  resources: resources ?? RESOURCES,
  addresses: (addresses ?? []).join('\n'),
});

/** Returns what was typed. */
export const typedLimits = (form: {
  readonly texts: Readonly<Record<(typeof LIMIT_FIELDS.texts)[number], string>>;
  readonly lists: Readonly<Record<(typeof LIMIT_FIELDS.lists)[number], readonly string[]>>;
}): LimitValues => ({
  ends: form.texts.ends,
  endsOn: form.texts.ends_on.trim(),
  resources: form.lists.resources,
  addresses: form.texts.addresses,
});

/**
 * Returns the limits that were chosen. `kept`: the end of the key, which `keep` leaves as it is.
 * @throws UserError for a value that a person can correct
 */
export function readLimits(
  { ends, endsOn, resources, addresses }: LimitValues,
  { kept, now, lifetimes }: { kept: number | null; now: number; lifetimes: KeyLifetimes },
): KeyLimits {
  const expiresAt = readEnd(ends, endsOn, { kept, now });
  if (expiresAt !== kept) checkLifetime(expiresAt, { now, lifetimes });
  return {
    expiresAt,
    resources: parseResources(resources),
    addresses: parseAddresses(addresses.split(/[\s,]+/).filter((one) => one !== '')),
  };
}

function readEnd(
  ends: string,
  endsOn: string,
  { kept, now }: { kept: number | null; now: number },
): number | null {
  if (ends === 'keep' || ends === '') return kept;
  if (ends === 'never') return null;
  if (ends === 'date') return startOf(endsOn);
  if (/^[1-9]\d{0,4}$/.test(ends)) {
    const end = endOf(Number(ends), now);
    return isSameEnd(end, kept) ? kept : end;
  }
  throw new UserError({ field: 'ends', key: 'key.error.bad_end' });
}

// The same form that is sent twice means the same end, although time has passed in between.
const SENT_TWICE_MS = 5 * 60_000;

/** Returns whether two ends that were each counted from now are those of one form that was sent twice. */
export const isSameEnd = (one: number | null, other: number | null): boolean =>
  one !== null && other !== null && Math.abs(one - other) < SENT_TWICE_MS;

/** Returns when a day begins in UTC. @throws UserError for a text that is not a date */
function startOf(day: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : NaN;
  // Date.parse takes the 31st of February for the 3rd of March.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(day))
    throw new UserError({ field: 'ends_on', key: 'key.error.bad_date' });
  return at;
}

/** Returns an error of the limits, about the field of the form that it belongs to. */
export function atField(error: FieldText, typed: LimitValues): FieldText {
  const fields: Readonly<Record<string, string>> = {
    expires: typed.ends === 'date' ? 'ends_on' : 'ends',
    limits: limitIn(typed),
  };
  return { ...error, field: fields[error.field] ?? error.field };
}

/** Returns the first field that limits the key. */
function limitIn({ ends, resources }: LimitValues): string {
  if (!['', 'keep', 'never'].includes(ends)) return ends === 'date' ? 'ends_on' : 'ends';
  return resources.length < RESOURCES.length ? 'resources' : 'addresses';
}
