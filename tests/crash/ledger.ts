import type { Consent } from '../support/grant-scene';
import type { HttpBrowser } from '../support/http-browser';
import type { Random } from './random';

export interface Pair {
  readonly consumerKey: string;
  readonly consumerSecret: string;
}

export type Fate = 'works' | 'dead';

/** A pair that the store once gave out, and what may have become of it. */
export interface KnownPair {
  readonly pair: Pair;
  /** One where an answer settled it; both where it was asked for and the server died before it answered. */
  may: readonly Fate[];
}

/** How often something was asked for and answered; what was done lies between. */
export interface Tally {
  asked: number;
  answered: number;
}

export interface Row {
  readonly description: string | undefined;
  readonly permissions: string;
}

/** A key as its holder knows it. One client at a time works with it. */
export interface KnownKey {
  readonly keyId: number;
  /** The app's own name for the merchant, by which the store tells the keys of one app apart. */
  readonly appUserId: string;
  /** Who granted it; nobody else is offered to replace it. */
  readonly manager: HttpBrowser;
  current: KnownPair;
  /** What its row may hold: the last is what was asked for last. */
  rows: Row[];
  readonly changed: Tally;
  readonly regenerated: Tally;
  /** Whether its end was asked for, by whomever. */
  revoking: boolean;
  /** A new pair was made, and the server died before anybody saw it: the row lives, its pair is known to nobody. */
  pairLost: boolean;
}

/** How the app behaves to which the keys are sent. */
export type AppBehaviour = 'accepts' | 'accepts late' | 'uses it first' | 'refuses' | 'never answers';

/** What the callback carries. */
export interface Received {
  readonly keyId: number;
  readonly pair: Pair;
}

export interface GrantAttempt {
  readonly callbackUrl: string;
  readonly permissions: string;
  readonly appUserId: string;
  readonly manager: HttpBrowser;
  readonly behaviour: AppBehaviour;
  readonly consent: Consent;
  /** The manager ticked this key to be replaced. */
  readonly replaces: KnownKey | undefined;
  /** What the app received, if anything. */
  received?: Received;
  /** What the manager's browser was told. */
  told: 'granted' | 'failed' | 'nothing';
}

export interface Denial {
  readonly appName: string;
  told: boolean;
}

/** A signed request, and whether it was answered that it is accepted. */
export interface SignedUse {
  readonly key: KnownKey;
  readonly pair: KnownPair;
  readonly target: string;
  accepted: boolean;
}

/** What was asked of the server and what it answered: the two things that a crash may not tell apart wrongly. */
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
    /** Pairs that no longer are their key's current one. */
    former: [] as KnownPair[],
    oldUses: [] as SignedUse[],
    /** What happened since the last check. */
    since,
    counts,
    count: (what: string, by = 1) => void counts.set(what, (counts.get(what) ?? 0) + by),

    newKey({ permissions, appUserId, manager }: GrantAttempt, { keyId, pair }: Received): KnownKey {
      const key: KnownKey = {
        keyId,
        appUserId,
        manager,
        current: { pair, may: ['works'] },
        rows: [{ description: undefined, permissions }],
        changed: { asked: 0, answered: 0 },
        regenerated: { asked: 0, answered: 0 },
        revoking: false,
        pairLost: false,
      };
      keys.push(key);
      since.keys.add(key);
      return key;
    },
    /** A living key, for one client alone until it gives it back; a key that was cut off comes back with the check. */
    take(random: Random): KnownKey | undefined {
      if (free.length === 0) return undefined;
      const [key] = free.splice(random.below(free.length), 1);
      if (key) since.keys.add(key);
      return key;
    },
    giveBack: (key: KnownKey) => void free.push(key),
    /** Begins a new life of the server: what is settled may be taken again. */
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
