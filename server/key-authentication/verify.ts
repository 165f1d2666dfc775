import { randomBytes, timingSafeEqual } from 'node:crypto';
import { consumerKeyHash, type Permissions } from '../consumer-keys/consumer-key';
import { RestError } from '../errors';
import { readRequest, type AuthRequest, type ReadRequest } from './auth-request';
import { baseStrings, type PublicUrl } from './base-strings';
import { checkNeed, checkPermission } from './method-permission';
import { isSignatureMethod, signatureMatches } from './oauth-signature';
import { checkTimestamp, nonceDigest } from './oauth-freshness';
import { presentedCredential, type OAuthCredential, type PresentedCredential } from './presented-credential';
import * as refusal from './refusals';

/** Whose key a request carries. */
export interface VerifiedKey {
  readonly keyId: number;
  /** The account of the store that granted it. */
  readonly userId: number;
  readonly permissions: Permissions;
  /** The app's own id for the merchant; `null` for a key made by hand. */
  readonly appUserId: string | null;
}

/** A key as verification needs it. */
export interface KeyRecord extends VerifiedKey {
  readonly ownerIsManager: boolean;
  /** Unsealed only when asked for; throws when it cannot be opened. */
  readonly consumerSecret: () => string;
  /** Milliseconds since 1970 until which it verifies, when its callback is in flight. */
  readonly pendingUntil: number | null;
  /** The database's, when this was read. */
  readonly version: number;
}

/** How a verification ended: let in, refused, or not to be told (the database, say). */
export type VerificationOutcome = 'accepted' | 'refused' | 'failed';

/** One use of a nonce. */
export interface NonceUse {
  readonly keyId: number;
  /** Seconds since 1970, as the client said. */
  readonly timestamp: number;
  /** 43 characters of base64url whatever was sent: its SHA-256. */
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface KeyAuthenticationDependencies {
  /** An active key by `consumerKeyHash`; without a promise the whole verification goes without waiting. */
  readonly findKey: (consumerKeyHash: string) => KeyRecord | undefined | Promise<KeyRecord | undefined>;
  /** A key that has proven itself before and is unchanged since. Left out, every request looks its key up. */
  readonly recall?: (consumerKey: string) => KeyRecord | undefined;
  /** Told of each key that has proven itself. */
  readonly remember?: (consumerKey: string, key: KeyRecord) => void;
  /** Marks a nonce as used, atomically; true when it was unused. */
  readonly spendNonce: (use: NonceUse) => boolean | Promise<boolean>;
  /** Called when everything has passed, and only then. */
  readonly noteUse: (keyId: number, now: number, address: string) => void;
  readonly storeUrl: PublicUrl;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether refusals explain themselves: base strings, and clock skew. */
  readonly oauthDebug: boolean;
  /** Costs as much as a key's `consumerSecret`, for unknown keys; without it a constant is compared. */
  readonly decoySecret?: () => string;
  /** Told of each wrong key or secret; what it answers is said in place of what is wrong. */
  readonly refusedFrom?: (address: string) => RestError | undefined;
  /** Told of what an operator should know of: a secret in the table that cannot be opened. */
  readonly logFailure?: (error: unknown) => void;
  /** Told of the end of each `verify` and `verifyIfPresented` that looked at a credential; it must cost nothing. */
  readonly noteOutcome?: (outcome: VerificationOutcome, credential: PresentedCredential['kind']) => void;
}

export type KeyAuthentication = ReturnType<typeof keyAuthentication>;

/** Which key is calling, and may it: the one verification behind every door (protocol 3.1). */
export function keyAuthentication({
  findKey,
  recall = () => undefined,
  remember = () => undefined,
  spendNonce,
  noteUse,
  storeUrl,
  now,
  oauthDebug,
  decoySecret = () => `cs_${'0'.repeat(40)}`,
  logFailure = () => undefined,
  refusedFrom = () => undefined,
  noteOutcome = () => undefined,
}: KeyAuthenticationDependencies) {
  function secretOf(key: KeyRecord | undefined): string {
    if (!key) return decoySecret();
    try {
      return key.consumerSecret();
    } catch (error) {
      // A damaged row proves nobody's claim. No constant may stand in: whoever knows it would be let in.
      logFailure(error);
      return randomBytes(32).toString('hex');
    }
  }

  /** A proof that failed. A key that is right meets no throttle. */
  const failed = (address: string, why: RestError) => refusedFrom(address) ?? why;

  /** @throws RestError 401 or 429 */
  async function prove(request: ReadRequest, credential: PresentedCredential): Promise<KeyRecord> {
    switch (credential.kind) {
      case 'none':
        throw refusal.noCredential();
      case 'insecure':
        throw refusal.insecure();
      case 'oauth-incomplete':
        throw refusal.missingParameters(credential.missing);
      case 'plain':
        return provePair(credential.consumerKey, credential.consumerSecret, request.address);
      case 'oauth':
        return proveOAuth(request, credential);
    }
  }

  async function provePair(consumerKey: string, consumerSecret: string, address: string): Promise<KeyRecord> {
    const known = recall(consumerKey);
    if (known && isSameSecret(secretOf(known), consumerSecret)) return known;
    const found = findKey(consumerKeyHash(consumerKey));
    const key = found instanceof Promise ? await found : found;
    // Both are compared, so that an unknown key and a wrong secret take the same time.
    const fits = isSameSecret(secretOf(key), consumerSecret);
    if (!key) throw failed(address, refusal.unknownKey());
    if (!fits) throw failed(address, refusal.wrongSecret());
    remember(consumerKey, key);
    return key;
  }

  async function proveOAuth(request: ReadRequest, credential: OAuthCredential): Promise<KeyRecord> {
    const sent = credential.parameters;
    const hash = () => consumerKeyHash(sent.oauth_consumer_key);
    const known = recall(sent.oauth_consumer_key);
    const found = known ?? findKey(hash());
    const key = found instanceof Promise ? await found : found;
    const fits = signatureMatches(
      sent.oauth_signature,
      sent.oauth_signature_method,
      secretOf(key),
      baseStrings(request, credential, storeUrl),
    );
    // Looked up after all, so that a wrong signature takes as long as an unknown key.
    if (known && !fits) secretOf(await findKey(hash()));
    if (!key) throw failed(request.address, refusal.unknownKey());
    if (!isSignatureMethod(sent.oauth_signature_method))
      throw failed(request.address, refusal.unknownSignatureMethod());
    if (!fits) {
      const shown = oauthDebug ? baseStrings(request, credential, storeUrl, { redacted: true }) : undefined;
      throw failed(request.address, refusal.wrongSignature(shown));
    }
    const at = now();
    const timestamp = checkTimestamp(sent.oauth_timestamp, at, oauthDebug);
    const unused = spendNonce({ keyId: key.keyId, timestamp, nonce: nonceDigest(sent.oauth_nonce), now: at });
    if (!(typeof unused === 'boolean' ? unused : await unused)) throw refusal.usedNonce();
    remember(sent.oauth_consumer_key, key);
    return key;
  }

  // The order is WooCommerce's: permission first, what the owner may do last.
  async function admit(
    request: ReadRequest,
    credential: PresentedCredential,
    need: Permissions | undefined,
  ): Promise<VerifiedKey> {
    try {
      const key = await prove(request, credential);
      checkPermission(request, key.permissions);
      if (need !== undefined) checkNeed(need, key.permissions);
      if (!key.ownerIsManager) throw refusal.ownerIsNoManager();
      noteUse(key.keyId, now(), request.address);
      noteOutcome('accepted', credential.kind);
      return verified(key);
    } catch (error) {
      noteOutcome(error instanceof RestError ? 'refused' : 'failed', credential.kind);
      throw error;
    }
  }

  /**
   * For a guarded route: the key that the request carries, proven, and allowed the request's method, and `need` besides.
   * @throws RestError 401 or 403 as the table of protocol 3.1 says
   */
  async function verify(request: AuthRequest, need?: Permissions): Promise<VerifiedKey> {
    const read = readRequest(request);
    return admit(read, presentedCredential(read), need);
  }

  /**
   * For what needs no key, the two index routes and OPTIONS: `undefined` without a credential, but one that is there must
   * be right. One that plain HTTP forbids to look at is none, as in WooCommerce.
   * @throws RestError
   */
  async function verifyIfPresented(
    request: AuthRequest,
    need?: Permissions,
  ): Promise<VerifiedKey | undefined> {
    const read = readRequest(request);
    const credential = presentedCredential(read);
    return ['none', 'insecure'].includes(credential.kind) ? undefined : admit(read, credential, need);
  }

  /**
   * Who is calling, whatever the key may do: revocation asks only that. Spends the nonce, notes no use. `undefined` when
   * there is no credential at all.
   * @throws RestError 401
   */
  async function identify(request: AuthRequest): Promise<VerifiedKey | undefined> {
    const read = readRequest(request);
    const credential = presentedCredential(read);
    return credential.kind === 'none' ? undefined : verified(await prove(read, credential));
  }

  /**
   * The same for a pair that came in another way (Bearer, a body). The caller has seen to TLS.
   * @throws RestError 401
   */
  async function identifyPair(
    consumerKey: string,
    consumerSecret: string,
    address: string,
  ): Promise<VerifiedKey> {
    return verified(await provePair(consumerKey, consumerSecret, address));
  }

  return { verify, verifyIfPresented, identify, identifyPair };
}

// Without the secret, whatever else the record holds.
function verified({ keyId, userId, permissions, appUserId }: KeyRecord): VerifiedKey {
  return { keyId, userId, permissions, appUserId };
}

function isSameSecret(expected: string, presented: string): boolean {
  const right = Buffer.from(expected, 'latin1');
  const given = Buffer.from(presented, 'latin1');
  // How long a secret is, is no secret.
  return given.length === right.length && timingSafeEqual(given, right);
}
