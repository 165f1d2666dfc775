/** Something that an import does not do as one would expect, and what to do about it. */
export interface Problem {
  readonly kind: ProblemKind;
  /** The user or key in WordPress: a login, or what a key's description says. */
  readonly about: string;
  readonly message: string;
  readonly fix: string;
  /** The id of the key in WooCommerce. `undefined` if it is about a user. */
  readonly keyId?: number;
}

export const PROBLEM_KINDS = [
  'needs --yes',
  'not in the source',
  'orphaned key',
  'owner may not manage',
  'custom role',
  'unreadable role',
  'unknown permissions',
  'damaged key',
  'same key twice',
  'key exists here',
  'key id is taken',
  'changed here',
  'owner was removed here',
  'login is taken',
  'email is taken',
  'login was changed',
  'existing account',
  'unknown password',
  'last administrator',
  'time zone',
] as const;
export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Makes a problem of one key. */
export type MakeProblem = (kind: ProblemKind, message: string, fix: string) => Problem;

/** Returns the words for a user in messages. */
export const userInWords = (login: string, userId: number): string =>
  `${JSON.stringify(login)} (user ${userId})`;
