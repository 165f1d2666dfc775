/** How a person signs in with an account that the store already has. */
export const EXTERNAL_WAYS = ['oidc', 'proxy', 'handover'] as const;
export type ExternalWay = (typeof EXTERNAL_WAYS)[number];

/** The values of SIGN_IN. `local`: with a password of this server. */
export const SIGN_IN_WAYS = [...EXTERNAL_WAYS, 'local'] as const;
export type SignInWay = (typeof SIGN_IN_WAYS)[number];

/**
 * Whom another system means by a subject. Accounts are found by it, and never by an email address,
 * which people can change and give back.
 */
export interface ExternalSubject {
  readonly way: ExternalWay;
  /** The issuer of tokens. Empty for a header without an assertion, and for a hand-over. */
  readonly issuer: string;
  readonly subject: string;
}
