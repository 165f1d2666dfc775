import type { Consent } from '../support/scenes/grant-scene';
import type { HttpBrowser } from '../support/http/http-browser';
import type { Random } from './random';

export interface Pair {
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

export type Fate = 'works' | 'dead' | 'expired';

/** A pair that the store once issued, and its possible states. */
export interface KnownPair {
  readonly pair: Pair;
  /** One state after an answer. Both if the server died after a request and before its answer. */
  may: readonly Fate[];
}

/** How often something was asked for and answered. The number of changes lies between them. */
export interface Tally {
  asked: number;
  answered: number;
}

export interface Row {
  readonly description: string | undefined;
  readonly permissions: string;
}

/** A key as its holder knows it. Only one client at a time works with it. */
export interface KnownKey {
  readonly keyId: number;
  /** The app's own name for the merchant, by which the store tells the keys of one app apart. */
  readonly appUserId: string;
  /** The manager who granted it. Only that manager is offered to replace it. */
  readonly manager: HttpBrowser;
  current: KnownPair;
  /** The possible states of its row. The last one is the newest request. */
  rows: Row[];
  readonly changed: Tally;
  readonly regenerated: Tally;
  /** How often another key took its place while it works on. */
  readonly replaced: Tally;
  /** When it ends. Unset: not before this run does. */
  endsAt?: number;
  /** Whether any client asked to revoke it. */
  revoking: boolean;
  /**
   * Whether a new pair was made and the server died before its answer: the row exists, its pair is
   * unknown.
   */
  pairLost: boolean;
}

/** How an app reacts to the delivery of its keys. */
export type AppBehavior = 'accepts' | 'accepts late' | 'uses it first' | 'rejects' | 'never answers';

/** The content of a callback. */
export interface Received {
  readonly keyId: number;
  readonly pair: Pair;
}

export interface GrantAttempt {
  readonly callbackUrl: string;
  readonly permissions: string;
  readonly appUserId: string;
  readonly manager: HttpBrowser;
  readonly behavior: AppBehavior;
  readonly consent: Consent;
  /** The key that the manager ticked to be replaced. */
  readonly replaces: KnownKey | undefined;
  /** For how many days that key works on. 0: it is revoked. */
  readonly overlap: '0' | '1';
  /** What the app received, if anything. */
  received?: Received;
  /** The answer to the manager's browser. */
  told: 'granted' | 'failed' | 'nothing';
}

export interface Denial {
  readonly appName: string;
  told: boolean;
}

/** A signed request, and whether the server answered that it is accepted. */
export interface SignedUse {
  readonly key: KnownKey;
  readonly pair: KnownPair;
  readonly target: string;
  accepted: boolean;
}

/** Records what was asked of the server and what it answered. After a crash the two must agree. */
export function openLedger() {
  const keys: KnownKey[] = [];
  const counts = new Map<string, number>();
  const since = {
    grants: [] as GrantAttempt[],
    denials: [] as Denial[],
    keys: new Set<KnownKey>(),
    uses: [] as SignedUse[],
  };
  let free: KnownKey[] = [];

  return {
    keys,
    /** Pairs that were replaced by new ones. */
    former: [] as KnownPair[],
    oldUses: [] as SignedUse[],
    /** Everything since the last check. */
    since,
    counts,
    count: (what: string, by = 1) => void counts.set(what, (counts.get(what) ?? 0) + by),

    newKey(
      { permissions, appUserId, manager }: Pick<GrantAttempt, 'permissions' | 'appUserId' | 'manager'>,
      { keyId, pair }: Received,
    ): KnownKey {
      const key: KnownKey = {
        keyId,
        appUserId,
        manager,
        current: { pair, may: ['works'] },
        rows: [{ description: undefined, permissions }],
        changed: { asked: 0, answered: 0 },
        regenerated: { asked: 0, answered: 0 },
        replaced: { asked: 0, answered: 0 },
        revoking: false,
        pairLost: false,
      };
      keys.push(key);
      since.keys.add(key);
      return key;
    },
    /**
     * Returns an active key for one client until it gives it back. A key without an answer returns
     * after the check.
     */
    take(random: Random): KnownKey | undefined {
      if (free.length === 0) return undefined;
      const [key] = free.splice(random.below(free.length), 1);
      if (key) since.keys.add(key);
      return key;
    },
    giveBack: (key: KnownKey) => void free.push(key),
    /** Begins a new life of the server: all keys with a known state may be taken. */
    settled(): void {
      this.oldUses.push(...since.uses);
      since.grants = [];
      since.denials = [];
      since.uses = [];
      since.keys = new Set();
      free = keys.filter(({ current }) => current.may.length === 1 && current.may[0] === 'works');
    },
  };
}

export type Ledger = ReturnType<typeof openLedger>;
