import type { Knex } from 'knex';
import type { AuditLog } from '../audit/audit-log';
import type { App, ConsumerKey } from '../consumer-keys/consumer-key';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import { earlierEnd } from '../consumer-keys/key-limits';
import type { GrantChoices } from './grant-choices';

/** The manager, as the history names them. */
interface Who {
  readonly userId: number;
  readonly login: string;
  readonly address: string;
}

export interface ReplaceHeldDependencies {
  readonly consumerKeys: Pick<ConsumerKeyService, 'heldBy' | 'endBy'>;
  readonly audit: AuditLog;
  /** Revokes keys, in the transaction of the grant. */
  readonly revoke: (
    keys: readonly ConsumerKey[],
    by: Who & { how: 'grant'; keyId: number },
    within: Knex,
  ) => Promise<unknown>;
  readonly now: () => number;
}

export type ReplaceHeld = ReturnType<typeof replaceHeld>;

/**
 * Returns the function that ends the keys that the manager ticked, at once or after the overlap. It
 * ends only keys of this app and manager: an id from an edited form is ignored.
 */
export function replaceHeld({ consumerKeys, audit, revoke, now }: ReplaceHeldDependencies) {
  return async (
    { app, who, choices, by }: { app: App; who: Who; choices: GrantChoices; by: number },
    within: Knex,
  ): Promise<void> => {
    const { keysToReplace, overlapMs } = choices;
    const held = (await consumerKeys.heldBy(app, who.userId, within)).filter(
      ({ keyId }) => keyId !== by && keysToReplace.includes(keyId),
    );
    if (overlapMs === 0) {
      await revoke(held, { how: 'grant', ...who, keyId: by }, within);
      return;
    }
    const endsAt = now() + overlapMs;
    for (const { keyId, description, permissions, limits } of held) {
      if (!(await consumerKeys.endBy(keyId, endsAt, by, within))) continue;
      const expires = new Date(earlierEnd(limits, endsAt)).toISOString();
      const detail = { by: 'grant', owner: who.login, description, permissions, byKey: by, expires } as const;
      const { appName, callbackOrigin } = app;
      await audit.record(
        { event: 'key.replaced', at: now(), ...who, keyId, appName, callbackOrigin, detail },
        within,
      );
    }
  };
}
