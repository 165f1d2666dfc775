import type { Permissions } from '../consumer-keys/consumer-key';
import { RestError } from '../errors/http-errors';
import { readRequest, type AuthRequest, type ReadRequest } from './auth-request';
import { baseStrings, type PublicUrl } from './base-strings';
import { checkNeed, checkPermission, checkUnreadBody } from './method-permission';
import { isSignatureMethod, signatureMatches } from './oauth-signature';
import { checkTimestamp, nonceDigest } from './oauth-freshness';
import { presentedCredential, type OAuthCredential, type PresentedCredential } from './presented-credential';
import * as refusal from './refusals';
import { formNamesAnotherRoute } from './rest-address';

/** Whose key a request carries. */
export interface VerifiedKey {
  readonly keyId: number;
  /** The account of the store that granted it. */
  readonly userId: number;
  readonly permissions: Permissions;
  /** The app's own id for the merchant; `null` for a key made by hand. */
  readonly appUserId: string | null;
}

/** A key as verification needs it; its secret stays where it was found. */
export interface KeyRecord extends VerifiedKey {
  readonly ownerIsManager: boolean;
}

/** What became of a claim to a key. */
export interface FoundKey {
  /** Left out when no active key has that name. */
  readonly key: KeyRecord | undefined;
  /** Whether its secret was what the caller wanted of it. */
  readonly proven: boolean;
}

/** How a verification ended: let in, refused, or not to be told (the database, say). */
export type VerificationOutcome = 'accepted' | 'refused' | 'failed';

/** One use of a nonce. */
export interface NonceUse {
  readonly keyId: number;
  /** Seconds since 1970, as the client said. */
  readonly timestamp: number;
  /** 32 hex digits, whatever was sent. */
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface KeyAuthenticationDependencies {
  /** An active key, and whether this is its secret. */
  readonly findPair: (consumerKey: string, consumerSecret: string) => FoundKey | Promise<FoundKey>;
  /** An active key, and whether its secret passes `proves`. For an unknown key `proves` is not called. */
  readonly findSigner: (
    consumerKey: string,
    proves: (consumerSecret: string) => boolean,
  ) => FoundKey | Promise<FoundKey>;
  /** Marks a nonce as used, atomically; true when it was unused. */
  readonly spendNonce: (use: NonceUse) => boolean | Promise<boolean>;
  /** Called when everything has passed, and only then. */
  readonly noteUse: (keyId: number, now: number, address: string) => void;
  readonly storeUrl: PublicUrl;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether refusals explain themselves: base strings, and clock skew. */
  readonly oauthDebug: boolean;
  /** Told of each wrong key or secret; what it answers is said in place of what is wrong. */
  readonly refusedFrom?: (address: string) => Promise<RestError | undefined>;
  /** Told of the end of each `verify` and `verifyIfPresented` that looked at a credential; it must cost nothing. */
  readonly noteOutcome?: (outcome: VerificationOutcome, credential: PresentedCredential['kind']) => void;
}

export type KeyAuthentication = ReturnType<typeof keyAuthentication>;

/** Which key is calling, and may it: the one verification behind every door (protocol 3.1). */
export function keyAuthentication({
  findPair,
  findSigner,
  spendNonce,
  noteUse,
  storeUrl,
  now,
  oauthDebug,
  refusedFrom = () => Promise.resolve(undefined),
  noteOutcome = () => undefined,
}: KeyAuthenticationDependencies) {
  /** A proof that failed. A key that is right meets no throttle. */
  const failed = async (address: string, why: RestError) => (await refusedFrom(address)) ?? why;

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
    // WooCommerce trims a key too. A secret stays as it is.
    const { key, proven } = await findPair(consumerKey.trim(), consumerSecret);
    if (!key) throw await failed(address, refusal.unknownKey());
    if (!proven) throw await failed(address, refusal.wrongSecret());
    return key;
  }

  async function proveOAuth(request: ReadRequest, credential: OAuthCredential): Promise<KeyRecord> {
    const sent = credential.parameters;
    const { key, proven } = await findSigner(sent.oauth_consumer_key.trim(), (secret) =>
      signatureMatches(
        sent.oauth_signature,
        sent.oauth_signature_method,
        secret,
        baseStrings(request, credential, storeUrl),
      ),
    );
    if (!key) throw await failed(request.address, refusal.unknownKey());
    if (!isSignatureMethod(sent.oauth_signature_method))
      throw await failed(request.address, refusal.unknownSignatureMethod());
    if (!proven) {
      const shown = oauthDebug
        ? [...baseStrings(request, credential, storeUrl, { redacted: true })]
        : undefined;
      throw await failed(request.address, refusal.wrongSignature(shown));
    }
    const at = now();
    const timestamp = checkTimestamp(sent.oauth_timestamp, at, oauthDebug);
    const unused = spendNonce({ keyId: key.keyId, timestamp, nonce: nonceDigest(sent.oauth_nonce), now: at });
    if (!(typeof unused === 'boolean' ? unused : await unused)) throw refusal.usedNonce();
    return key;
  }

  /**
   * Checks that the consumer key exists, if header and query hold a whole OAuth credential. Call it before reading a form,
   * so that an unknown key costs a look-up only. The parameters that are missing here may stand in the form.
   * @throws RestError 401 or 429
   */
  async function expectSigner(request: AuthRequest): Promise<void> {
    const credential = presentedCredential(readRequest(request));
    if (credential.kind !== 'oauth') return;
    // No secret is proven here; `verify` checks the signature together with the form.
    const { key } = await findSigner(credential.parameters.oauth_consumer_key.trim(), () => false);
    if (key) return;
    noteOutcome('refused', 'oauth');
    throw await failed(request.address, refusal.unknownKey());
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
      if (formNamesAnotherRoute(request)) throw refusal.twoRoutes();
      const bodyChecked = checkUnreadBody(request, key.permissions);
      if (bodyChecked) await bodyChecked;
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

  return { expectSigner, verify, verifyIfPresented, identify, identifyPair };
}

// Without the secret, whatever else the record holds.
function verified({ keyId, userId, permissions, appUserId }: KeyRecord): VerifiedKey {
  return { keyId, userId, permissions, appUserId };
}
