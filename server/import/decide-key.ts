import type { ComparedKey } from '../consumer-keys/imported-key-store';
import { isPermissions, type Permissions } from '../consumer-keys/consumer-key';
import type { SeenKey } from './import-store';
import type { MakeProblem, Problem } from './problem';
import type { StagedKey } from './staged-rows';
import type { RestingReason } from './reason-in-words';
import { restingKeyProblem } from './resting-key';

/** The account that owns keys of the source. */
export interface Owner {
  readonly login: string;
  /** `undefined` in a dry run, for an account that is not here yet. `null`: it was removed here. */
  readonly userId: number | null | undefined;
  /** Why the owner may not manage the store, so that the keys rest. `undefined`: they work. */
  readonly restsBecause: RestingReason | undefined;
}

/** What is here of a key of the source. */
export interface KeySituation {
  readonly owner: Owner | undefined;
  readonly seen: SeenKey | undefined;
  /** The key that it became here. `undefined`: it was not imported, or it was revoked here. */
  readonly current: ComparedKey | undefined;
  /** The secret of that key. */
  readonly currentSecret: () => string;
  /** The owner of that key in the source, at the last import, as an account here. */
  readonly seenOwnerId: number | null | undefined;
  /** Another key here with the same hash. */
  readonly sameHashHere: number | undefined;
  /** The first key of the source with the same hash. */
  readonly firstWithHash: number | undefined;
  readonly idIsTaken: boolean;
}

export interface KeyChanges {
  readonly description?: string;
  readonly permissions?: Permissions;
  readonly userId?: number;
  /** The pair is another one, or has another secret. */
  readonly pair?: true;
}

/** What an import does with a key. */
export type KeyDecision =
  | { readonly does: 'insert'; readonly keepsId: boolean; readonly rests: boolean }
  | {
      readonly does: 'change';
      readonly current: ComparedKey;
      readonly changes: KeyChanges;
      /** Whether another owner in the source has to wait, because the key would lose its access. */
      readonly holdsOwner: boolean;
    }
  /** `revoked here`: with this server, so it stays revoked. */
  | { readonly does: 'nothing'; readonly because: 'not importable' | 'revoked here' };

export interface KeyRules {
  readonly includeResting: boolean;
  /** Whether no key may lose its access. */
  readonly holdsBack: boolean;
}

const HASH = /^[0-9a-f]{64}$/;
/** The largest id that a person can type (cli/key-view.ts). */
const ID_MAX = 999_999_999_999_999;

/** Returns what to do with a key of the source, and what a person should know about it. */
export function decideKey(
  key: StagedKey,
  situation: KeySituation,
  rules: KeyRules,
): { readonly decision: KeyDecision; readonly problems: readonly Problem[] } {
  const { owner, seen, current, idIsTaken } = situation;
  const about = key.description || `key ${key.keyId}`;
  const problem: MakeProblem = (kind, message, fix) => ({
    kind,
    about,
    message,
    fix,
    keyId: key.keyId,
  });
  const not = (...problems: Problem[]) =>
    ({ decision: { does: 'nothing', because: 'not importable' }, problems }) as const;

  if (seen && (!current || seen.keyId === null))
    return { decision: { does: 'nothing', because: 'revoked here' }, problems: [] };
  if (!HASH.test(key.consumerKeyHash) || key.consumerSecret === '' || key.keyId === 0)
    return not(
      problem(
        'damaged key',
        'Its row holds no hash of a consumer key, or no secret, so it opens nothing in WooCommerce either.',
        'Make a new key for this app.',
      ),
    );
  if (situation.firstWithHash !== undefined && situation.firstWithHash !== key.keyId)
    return not(
      problem(
        'same key twice',
        `It has the same consumer key as key ${situation.firstWithHash}, which WooCommerce finds first.`,
        'Remove one of the two in WooCommerce.',
      ),
    );
  if (!owner)
    return not(
      problem(
        'orphaned key',
        key.userId === 0 ? 'It belongs to no user.' : `Its owner, user ${key.userId}, is not in the source.`,
        'Give it to an account with --owner LOGIN, or make a new key for this app.',
      ),
    );
  if (!isPermissions(key.permissions))
    return not(
      problem(
        'unknown permissions',
        `Its permissions are ${JSON.stringify(key.permissions)}, with which WooCommerce rejects every request.`,
        'Set its permissions in WooCommerce, and import again.',
      ),
    );

  if (seen && current)
    return decideChange(key, key.permissions, { ...situation, ...rules, seen, current, owner }, problem);

  if (owner.userId === null)
    return not(
      problem(
        'owner was removed here',
        `Its owner ${owner.login} was removed on this server.`,
        'Give it to another user in WooCommerce, or make a new key for this app.',
      ),
    );
  if (situation.sameHashHere !== undefined) return not(keyExistsHere(situation.sameHashHere, problem));
  const resting = owner.restsBecause;
  const isCustom = resting?.kind === 'custom-role';
  if (resting && !isCustom && !rules.includeResting)
    return not(restingKeyProblem({ login: owner.login, reason: resting, keyIdHere: undefined }, problem));
  const keepsId = !idIsTaken && key.keyId <= ID_MAX;
  return {
    decision: { does: 'insert', keepsId, rests: resting !== undefined },
    problems: [
      ...(resting && isCustom
        ? [restingKeyProblem({ login: owner.login, reason: resting, keyIdHere: undefined }, problem)]
        : []),
      ...(keepsId
        ? []
        : [
            problem(
              'key id is taken',
              `Another key has, or had, the id ${key.keyId} here, so it gets a new one.`,
              'Nothing has to be done: apps do not know the id.',
            ),
          ]),
    ],
  };
}

const keyExistsHere = (other: number, problem: MakeProblem): Problem =>
  problem(
    'key exists here',
    `Key ${other} here is the same consumer key, and did not come from this source.`,
    `To take over this one, revoke the other: npx wc-auth keys revoke ${other}`,
  );

type Known = KeySituation & {
  readonly holdsBack: boolean;
  readonly owner: Owner;
  readonly seen: SeenKey;
  readonly current: ComparedKey;
};

/** Takes over what has changed in the source, unless it has changed here. */
function decideChange(
  source: StagedKey,
  permissions: Permissions,
  { seen, current, owner, currentSecret, seenOwnerId, sameHashHere, holdsBack }: Known,
  problem: MakeProblem,
): { readonly decision: KeyDecision; readonly problems: readonly Problem[] } {
  const { key } = current;
  const changedHere: string[] = [];
  const take = <Value>(name: string, was: Value, is: Value, here: Value): Value | undefined => {
    if (is === was || is === here) return undefined;
    if (here === was) return is;
    changedHere.push(name);
    return undefined;
  };

  const description = take('description', seen.description, source.description, key.description);
  const newPermissions = take<string>('permissions', seen.permissions, permissions, key.permissions);
  const holdsOwner = holdsBack && owner.restsBecause !== undefined && source.userId !== seen.sourceUserId;
  const userId = holdsOwner
    ? undefined
    : take('owner', seenOwnerId ?? key.userId, owner.userId ?? key.userId, key.userId);
  // The pair is only compared if it is still the imported one. A key that was regenerated here has
  // another hash.
  const isImportedPair = current.consumerKeyHash === seen.consumerKeyHash;
  const isOtherPair =
    source.consumerKeyHash !== seen.consumerKeyHash ||
    (isImportedPair && source.consumerSecret !== currentSecret());
  if (isOtherPair && !isImportedPair) changedHere.push('consumer key');
  const isTaken = isOtherPair && sameHashHere !== undefined && sameHashHere !== key.keyId;

  return {
    decision: {
      does: 'change',
      current,
      holdsOwner,
      changes: {
        ...(description === undefined ? {} : { description }),
        ...(newPermissions === undefined ? {} : { permissions }),
        ...(userId === undefined ? {} : { userId }),
        ...(isOtherPair && isImportedPair && !isTaken ? { pair: true } : {}),
      },
    },
    problems: [
      ...(changedHere.length === 0
        ? []
        : [
            problem(
              'changed here',
              `WooCommerce has another ${changedHere.join(' and ')} since the last import, but so has this server. What is here stays.`,
              `Compare the two, and if need be run: npx wc-auth keys edit ${key.keyId}`,
            ),
          ]),
      ...(isTaken ? [keyExistsHere(sameHashHere, problem)] : []),
      // Each run names them, because a key that has lost access has the effect of a revoked one.
      ...(owner.restsBecause && (userId ?? key.userId) === owner.userId
        ? [
            restingKeyProblem(
              { login: owner.login, reason: owner.restsBecause, keyIdHere: key.keyId },
              problem,
            ),
          ]
        : []),
    ],
  };
}
