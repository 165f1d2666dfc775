import type { Permissions } from '../consumer-keys/consumer-key';
import { RestError } from '../errors/http-errors';
import { readRequest, type AuthRequest, type ReadRequest } from './auth-request';
import { baseStrings, type PublicUrl } from './base-strings';
import { checkAddress, checkResource, hasEnded, type Opened } from './check-limits';
import type { KeyFinder, KeyRecord, VerifiedKey } from './found-key';
import { checkNeed, checkPermission, checkUnreadBody } from './method-permission';
import { isSignatureMethod, signatureMatches } from './oauth-signature';
import { checkTimestamp, nonceDigest } from './oauth-freshness';
import { presentedCredential, type OAuthCredential, type PresentedCredential } from './presented-credential';
import * as rejection from './verification-errors';
import { checkUnreadForm, formNamesAnotherRoute } from './rest-address';

/**
 * How a verification ended. `failed` means that it could not be decided, for example without the
 * database.
 */
export type VerificationOutcome = 'accepted' | 'refused' | 'failed';

/** One use of a nonce. */
export interface NonceUse {
  readonly keyId: number;
  /** The client's timestamp in seconds since 1970. */
  readonly timestamp: number;
  /** The digest of the nonce, 32 hex digits. */
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface KeyAuthenticationDependencies {
  readonly finder: KeyFinder;
  /** Marks a nonce as used, atomically. Returns whether it was unused. */
  readonly spendNonce: (use: NonceUse) => boolean | Promise<boolean>;
  readonly note: KeyNotes;
  readonly expired: ExpiredKeys;
  readonly storeUrl: PublicUrl;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Whether errors show the base strings and the clock skew. */
  readonly oauthDebug: boolean;
  /**
   * Counts a wrong key or secret from an address. If it returns an error, that error is the answer.
   */
  readonly countFailure?: (address: string) => Promise<RestError | undefined>;
}

/** What verification tells the rest of the server. Each function must be cheap. */
export interface KeyNotes {
  /** Called after all checks have passed. */
  readonly use: (keyId: number, now: number, address: string) => void;
  /** Called at the end of each `verify` and `verifyIfPresented` that checked a credential. */
  readonly outcome: (outcome: VerificationOutcome, credential: PresentedCredential['kind']) => void;
}

/**
 * Remembers when keys were seen as ended, so that they stay ended if the clock is set back. Times are
 * milliseconds since 1970.
 */
export interface ExpiredKeys {
  /** Returns when a key was seen, if that is not in its row yet, and otherwise `-Infinity`. */
  readonly seenAt: (keyId: number) => number;
  /** Keeps in memory that a key was seen as ended. */
  readonly note: (keyId: number, at: number) => void;
}

/** What a request needs besides the permission of its method. */
export interface Needs {
  readonly permission?: Permissions | undefined;
  /** The route, to check the groups that a key opens. Unset for a request that needs no key. */
  readonly route?: Omit<Opened, 'method'> | undefined;
}

export type KeyAuthentication = ReturnType<typeof keyAuthentication>;

/**
 * Returns the functions that decide which key is calling and whether it may. Every endpoint uses
 * them (protocol 3.1).
 */
export function keyAuthentication({
  finder,
  spendNonce,
  note,
  expired,
  storeUrl,
  now,
  oauthDebug,
  countFailure = () => Promise.resolve(undefined),
}: KeyAuthenticationDependencies) {
  /** Counts a failed proof and returns the error to answer with. A right key is never throttled. */
  const failed = async (address: string, why: RestError) => (await countFailure(address)) ?? why;

  /**
   * Returns the key of a credential that is proven.
   * @throws RestError 401 or 429
   */
  async function prove(request: ReadRequest, credential: PresentedCredential): Promise<KeyRecord> {
    switch (credential.kind) {
      case 'none':
        throw rejection.noCredential();
      case 'insecure':
        throw rejection.insecure();
      case 'oauth-incomplete':
        throw rejection.missingParameters(credential.missing);
      case 'plain':
        return provePair(credential.consumerKey, credential.consumerSecret, request.address);
      case 'oauth':
        return proveOAuth(request, credential);
    }
  }

  async function provePair(consumerKey: string, consumerSecret: string, address: string): Promise<KeyRecord> {
    // WooCommerce trims the key, but not the secret.
    const { key, proven } = await finder.findPair(consumerKey.trim(), consumerSecret);
    if (!key) throw await failed(address, rejection.unknownKey());
    if (!proven) throw await failed(address, rejection.wrongSecret());
    return key;
  }

  async function proveOAuth(request: ReadRequest, credential: OAuthCredential): Promise<KeyRecord> {
    const sent = credential.parameters;
    const { key, proven } = await finder.findSigner(sent.oauth_consumer_key.trim(), (secret) =>
      signatureMatches(
        sent.oauth_signature,
        sent.oauth_signature_method,
        secret,
        baseStrings(request, credential, storeUrl),
      ),
    );
    if (!key) throw await failed(request.address, rejection.unknownKey());
    if (!isSignatureMethod(sent.oauth_signature_method))
      throw await failed(request.address, rejection.unknownSignatureMethod());
    if (!proven) {
      const shown = oauthDebug
        ? [...baseStrings(request, credential, storeUrl, { redacted: true })]
        : undefined;
      throw await failed(request.address, rejection.wrongSignature(shown));
    }
    const at = now();
    const timestamp = checkTimestamp(sent.oauth_timestamp, at, oauthDebug);
    const unused = spendNonce({ keyId: key.keyId, timestamp, nonce: nonceDigest(sent.oauth_nonce), now: at });
    if (!(typeof unused === 'boolean' ? unused : await unused)) throw rejection.usedNonce();
    return key;
  }

  /**
   * Checks that the consumer key exists, if header and query hold a complete OAuth credential. Call
   * it before reading a form, so that an unknown key costs a lookup only. If parameters are
   * missing, they may be in the form.
   * @throws RestError 401 or 429
   */
  async function expectSigner(request: AuthRequest): Promise<void> {
    const credential = presentedCredential(readRequest(request));
    if (credential.kind !== 'oauth') return;
    // No secret is proven here; `verify` checks the signature together with the form.
    const { key } = await finder.findSigner(credential.parameters.oauth_consumer_key.trim(), () => false);
    if (key) return;
    note.outcome('refused', 'oauth');
    throw await failed(request.address, rejection.unknownKey());
  }

  // The order is WooCommerce's: the permission of the key before that of its owner. Then come the limits,
  // which WooCommerce does not have. Only who proved the secret learns that the key has ended.
  async function admit(
    request: ReadRequest,
    credential: PresentedCredential,
    { permission, route }: Needs,
  ): Promise<VerifiedKey> {
    try {
      const key = await prove(request, credential);
      const at = Math.max(now(), expired.seenAt(key.keyId));
      if (hasEnded(key.limits, at)) {
        if (!key.limits.wasExpired) expired.note(key.keyId, at);
        throw rejection.expiredKey();
      }
      checkPermission(request, key.permissions);
      if (permission !== undefined) checkNeed(permission, key.permissions);
      if (!key.ownerIsManager) throw rejection.ownerIsNotManager();
      checkAddress(key.limits, request.address);
      if (route) checkResource(key.limits.resources, { ...route, method: request.method });
      if (formNamesAnotherRoute(request)) throw rejection.twoRoutes();
      const formChecked = key.limits.resources === null ? undefined : checkUnreadForm(request);
      if (formChecked) await formChecked;
      const bodyChecked = checkUnreadBody(request, key.permissions);
      if (bodyChecked) await bodyChecked;
      note.use(key.keyId, now(), request.address);
      note.outcome('accepted', credential.kind);
      return verified(key);
    } catch (error) {
      note.outcome(error instanceof RestError ? 'refused' : 'failed', credential.kind);
      throw error;
    }
  }

  /**
   * Returns the verified key of a request to a guarded route. The key permits the request's method
   * and what the route needs.
   * @throws RestError with the status and code of the table in protocol 3.1
   */
  async function verify(request: AuthRequest, needs: Needs = {}): Promise<VerifiedKey> {
    const read = readRequest(request);
    return admit(read, presentedCredential(read), needs);
  }

  /**
   * Returns the verified key of a request that needs no key (an index or OPTIONS), or `undefined`
   * if it has no credential. A credential that is present must be right. One in clear text over
   * plain HTTP counts as absent, as in WooCommerce.
   * @throws RestError like `verify`
   */
  async function verifyIfPresented(
    request: AuthRequest,
    needs: Needs = {},
  ): Promise<VerifiedKey | undefined> {
    const read = readRequest(request);
    const credential = presentedCredential(read);
    return ['none', 'insecure'].includes(credential.kind) ? undefined : admit(read, credential, needs);
  }

  /**
   * Returns the calling key whatever its permissions and limits, for revocation. Returns `undefined` if there
   * is no credential. Spends the nonce, but does not record a use.
   * @throws RestError 401 or 429
   */
  async function identify(request: AuthRequest): Promise<VerifiedKey | undefined> {
    const read = readRequest(request);
    const credential = presentedCredential(read);
    return credential.kind === 'none' ? undefined : verified(await prove(read, credential));
  }

  /**
   * Returns the key of a pair that was sent in another way, such as a body. The caller must have
   * checked that TLS was used.
   * @throws RestError 401 or 429
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

// Copies field by field, so that nothing else of the record gets out.
function verified({ keyId, userId, permissions, appUserId, limits }: KeyRecord): VerifiedKey {
  return { keyId, userId, permissions, appUserId, resources: limits.resources };
}
