/** What an import would end of what came from its source. A dry run counts it. */
export interface Losses {
  /** The keys that came from the source and are here. */
  keys: number;
  /** Of them, those that have access. */
  workingKeys: number;
  /** Of the keys with access, those that would be revoked. */
  revokedWorking: number;
  /** Of the keys with access, those whose owners would not be allowed to manage the store any more. */
  resting: number;
  /** The accounts that came from the source and may manage the store. */
  accounts: number;
}

export const noLosses = (): Losses => ({
  keys: 0,
  workingKeys: 0,
  revokedWorking: 0,
  resting: 0,
  accounts: 0,
});

/** Without `--yes`, an import ends at most this share of what came from the source. */
const SHARE_WITHOUT_YES = 0.1;
const isMany = (count: number, all: number): boolean => count > all * SHARE_WITHOUT_YES;

export interface CountedLosses extends Losses {
  readonly revoked: number;
  readonly disabled: number;
}

/**
 * Returns what an import would end, if it is so much that a person has to confirm it. A dump of
 * something else, or of a part, would end most of it.
 * @returns the ends of sentences that begin with "The import would".
 */
export function manyLosses(losses: CountedLosses, sourceName: string): string[] {
  const { keys, workingKeys, revoked, revokedWorking, resting, accounts, disabled } = losses;
  const says = (what: string, all: number, things: string) =>
    `${what} of the ${all} ${things} that came from ${sourceName}. That is more than a tenth`;
  const ended = [
    ...(revoked > 0 ? [`revoke ${revoked}`] : []),
    ...(resting > 0 ? [`take the access from ${resting}`] : []),
  ].join(' and ');
  const isManyKeys = isMany(revoked + resting, keys);
  return [
    ...(isManyKeys ? [says(ended, keys, 'keys')] : []),
    // A store may have many keys without access, which hide how many of the others end.
    ...(!isManyKeys && isMany(revokedWorking + resting, workingKeys)
      ? [says(`end the access of ${revokedWorking + resting}`, workingKeys, 'keys with access')]
      : []),
    ...(isMany(disabled, accounts) ? [says(`disable ${disabled}`, accounts, 'accounts')] : []),
  ];
}
