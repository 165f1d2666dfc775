import type { Permissions } from '../consumer-keys/consumer-key';
import type { Resource } from '../consumer-keys/key-limits';
import type { CheckedLimits } from './check-limits';

/** The verified key of a request. */
export interface VerifiedKey {
  readonly keyId: number;
  /** The store's user who granted it. */
  readonly userId: number;
  readonly permissions: Permissions;
  /** The app's own id for the merchant. `null` for a key that was created by hand. */
  readonly appUserId: string | null;
  /** The groups of routes that the key opens (docs/keys.md). `null`: all. */
  readonly resources: readonly Resource[] | null;
}

/** A key as verification needs it, without its secret. */
export interface KeyRecord extends Omit<VerifiedKey, 'resources'> {
  readonly ownerIsManager: boolean;
  readonly limits: CheckedLimits;
}

/** The result of looking up a key. */
export interface FoundKey {
  /** `undefined` if there is no active key of that name. */
  readonly key: KeyRecord | undefined;
  /** Whether the presented secret or signature is right. */
  readonly proven: boolean;
}

/** Looks up active keys and checks what the client presented. */
export interface KeyFinder {
  /** Checks a key and secret that were sent in clear text. */
  findPair(consumerKey: string, consumerSecret: string): FoundKey | Promise<FoundKey>;
  /** Checks the key's secret with `proves`, which is not called for an unknown key. */
  findSigner(consumerKey: string, proves: (consumerSecret: string) => boolean): FoundKey | Promise<FoundKey>;
}
