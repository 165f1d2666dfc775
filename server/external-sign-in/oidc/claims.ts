import { roleOf } from '../../users/role-mapping';
import type { OidcConfig } from '../../config/sign-in';
import type { Identity } from '../identity';

/** The claims of an ID token or of the userinfo endpoint. */
export type Claims = Readonly<Record<string, unknown>>;

/** OpenID Connect Core 1.0, section 2: at most 255 ASCII characters. */
const SUBJECT = /^[\x20-\x7e]{1,255}$/;

/** Returns whether a value can be stored as the name of a subject or of a provider's session. */
export const isSubject = (value: unknown): value is string =>
  typeof value === 'string' && SUBJECT.test(value);

/** Returns whether these claims say all that an account needs. */
export const areComplete = (claims: Claims, { roleClaim }: Pick<OidcConfig, 'roleClaim'>): boolean =>
  claimAt(claims, roleClaim) !== undefined &&
  [claims['preferred_username'], claims['email'], claims['name']].every((claim) => claim !== undefined);

/**
 * Returns whom claims that were checked mean.
 *
 * @returns `undefined` if the subject has a form that the specification does not allow.
 */
export function identityOf(
  claims: Claims,
  { issuer, roleClaim, roles }: Pick<OidcConfig, 'issuer' | 'roleClaim' | 'roles'>,
): Identity | undefined {
  const { sub } = claims;
  if (!isSubject(sub)) return undefined;
  const email = text(claims['email']);
  const name = text(claims['name']);
  const role = roleOf(groupsIn(claims, roleClaim), roles);
  return {
    subject: { way: 'oidc', issuer, subject: sub },
    preferredLogin: text(claims['preferred_username']) ?? email ?? sub,
    ...(email === undefined ? {} : { email }),
    ...(name === undefined ? {} : { name }),
    ...(role === undefined ? {} : { role }),
  };
}

/** Returns the groups that a claim lists. One group may be there as a string. */
export function groupsIn(claims: Claims, path: string): string[] {
  const value = claimAt(claims, path);
  return (Array.isArray(value) ? value : [value]).filter((group) => typeof group === 'string');
}

/**
 * Returns the claim of this name, such as `https://shop.example/groups`. If there is none, the name is
 * a path, such as `realm_access.roles`.
 */
function claimAt(claims: Claims, path: string): unknown {
  const member = (of: unknown, name: string): unknown =>
    typeof of === 'object' && of !== null && Object.hasOwn(of, name) ? (of as Claims)[name] : undefined;
  return member(claims, path) ?? path.split('.').reduce<unknown>(member, claims);
}

/**
 * Returns a claim that is a text, and that a database can store: without control characters and halves of
 * surrogate pairs.
 */
const text = (claim: unknown): string | undefined =>
  typeof claim === 'string' && claim.trim() !== '' && !/[\p{Cc}\p{Cs}]/u.test(claim)
    ? claim.trim()
    : undefined;
