import { endsSoon } from '../administration/key-state';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { limitTexts, type KeyLimits, type Resource } from '../consumer-keys/key-limits';

/** What limits a key, as a page shows it. A member that is unset does not limit it. */
export interface ShownLimits {
  readonly endsAt?: Date;
  /** Whether it still works, but ends soon. */
  readonly endsSoon: boolean;
  readonly resources?: readonly Resource[];
  readonly addresses?: readonly string[];
}

/** Returns what a page shows of the limits of a key. */
export function showLimits(key: Pick<ConsumerKey, 'limits' | 'expiredAt'>, now: number): ShownLimits {
  const { expiresAt, resources, addresses } = key.limits;
  return {
    ...(expiresAt === null ? {} : { endsAt: new Date(expiresAt) }),
    endsSoon: endsSoon(key, now),
    ...(resources === null ? {} : { resources }),
    ...(addresses === null ? {} : { addresses }),
  };
}

/** Returns the limits as a form carries them, to tell whether they changed since it was opened. */
export const limitsText = (limits: KeyLimits): string => Object.values(limitTexts(limits)).join('; ');

/** Returns the end of a key as a form carries it. */
export const endText = (limits: KeyLimits): string => limitTexts(limits).expires;
