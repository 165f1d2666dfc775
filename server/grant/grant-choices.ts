import type { Request } from 'express';
import { isPermissions, PERMISSIONS, type Permissions } from '../consumer-keys/consumer-key';
import {
  DAY_MS,
  defaultLifetime,
  endOf,
  lifetimeChoices,
  OVERLAP_DAYS,
  OVERLAP_DEFAULT_DAYS,
  type KeyLifetimes,
} from '../consumer-keys/key-lifetime';
import { NO_LIMITS, parseResources, type KeyLimits } from '../consumer-keys/key-limits';
import { UserError } from '../errors/user-error';
import { rawPairs } from '../http/php-params';
import { formParams, textParam, type RequestParams } from '../http/request-params';

/** What the manager chose on the consent page, besides Approve or Deny. */
export interface GrantChoices {
  /** Never more than the app asked for. */
  readonly permissions: Permissions;
  readonly limits: KeyLimits;
  /** The ids of the ticked keys. */
  readonly keysToReplace: readonly number[];
  /** How long those keys still work. 0: they are revoked when the new key is delivered. */
  readonly overlapMs: number;
}

/** Returns the permissions that the manager may choose: those that the app asks for, or less. */
export const offeredPermissions = (scope: Permissions): readonly Permissions[] =>
  scope === 'read_write' ? PERMISSIONS.toReversed() : [scope];

/** The value of a field that the consent page does not offer. The form was edited. */
export class NotOfferedError extends Error {
  override readonly name = 'NotOfferedError';
  constructor(readonly field: string) {
    super(`${field} has a value that the page did not offer.`);
  }
}

/**
 * Reads the choices of a consent page's form. A field that is absent or empty counts as left alone. A
 * form without `limits`, from a script or an older page, has none of them.
 *
 * @throws NotOfferedError for what the page does not offer, UserError if no group is ticked
 */
export function readGrantChoices(
  request: Request,
  { scope, lifetimes, now }: { scope: Permissions; lifetimes: KeyLifetimes; now: number },
): GrantChoices {
  const params = formParams(request);
  const text = (name: string, otherwise: string): string => {
    if (!params.has(name)) return otherwise;
    const value = textParam(params, name);
    if (value === undefined) throw new NotOfferedError(name);
    return value === '' ? otherwise : value;
  };
  const permissions = text('key_permissions', scope);
  if (!isPermissions(permissions) || !offeredPermissions(scope).includes(permissions))
    throw new NotOfferedError('key_permissions');
  const days = String(defaultLifetime(lifetimes) ?? NEVER);
  const ends = text('access_ends', days);
  const lifetime = lifetimeChoices(lifetimes).find((one) => String(one ?? NEVER) === ends);
  if (lifetime === undefined) throw new NotOfferedError('access_ends');
  const overlap = OVERLAP_DAYS.find(
    (one) => String(one) === text('overlap', params.has('limits') ? String(OVERLAP_DEFAULT_DAYS) : '0'),
  );
  if (overlap === undefined) throw new NotOfferedError('overlap');
  return {
    permissions,
    limits: {
      ...NO_LIMITS,
      expiresAt: endOf(lifetime, now),
      resources: params.has('limits') || params.has('resources') ? tickedGroups(params) : null,
    },
    keysToReplace: tickedKeys(request),
    overlapMs: overlap * DAY_MS,
  };
}

/** The value of `access_ends` for a key that lives until it is revoked. */
export const NEVER = 'never';

function tickedGroups(params: RequestParams): KeyLimits['resources'] {
  const ticked = params.get('resources') ?? new Map<string, never>();
  if (!(ticked instanceof Map)) throw new NotOfferedError('resources');
  try {
    return parseResources([...ticked.keys()]);
  } catch (error) {
    // What is left is an empty choice, which a person can make.
    if (ticked.size > 0 && error instanceof UserError) throw new NotOfferedError('resources');
    throw error;
  }
}

/**
 * Returns the ids of all ticked keys. Read from the raw pairs, because PHP keeps only the last of
 * equal names.
 */
function tickedKeys({ body }: Request): number[] {
  const pairs = Buffer.isBuffer(body) ? rawPairs(body.toString('latin1')) : [];
  return pairs.flatMap(([name, value]) => (name === 'revoke_key_ids' ? [Number(value)] : []));
}
