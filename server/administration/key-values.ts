import type { KeyValues } from '../audit/audit-events';
import type { Permissions } from '../consumer-keys/consumer-key';
import { limitTexts, type KeyLimits } from '../consumer-keys/key-limits';

/** The values of a key that a person can change. */
export interface ChangeableKey {
  readonly description: string;
  readonly permissions: Permissions;
  /** A login. */
  readonly owner: string;
  readonly limits: KeyLimits;
}

/** Returns the values of a key as the history stores them. */
export const valuesOf = ({ description, permissions, owner, limits }: ChangeableKey) => ({
  description,
  permissions,
  owner,
  ...limitTexts(limits),
});

/** Returns the values that differ, before and after. Empty if none do. */
export function changedValues(
  before: ChangeableKey,
  after: ChangeableKey,
): { from: KeyValues; to: KeyValues } | undefined {
  const [from, to] = [valuesOf(before), valuesOf(after)];
  const names = (Object.keys(from) as (keyof typeof from)[]).filter((name) => from[name] !== to[name]);
  if (names.length === 0) return undefined;
  const only = (values: typeof from): KeyValues =>
    Object.fromEntries(names.map((name) => [name, values[name]]));
  return { from: only(from), to: only(to) };
}
