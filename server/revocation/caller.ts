import type { Request } from 'express';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { rawUrlDecode, type Pair } from '../http/php-params';
import type { VisitorOf } from '../http/visitor';
import { readRequest, type AuthRequest } from '../key-authentication/auth-request';
import { parseOAuthHeader } from '../key-authentication/oauth-header';
import {
  mayCoverForm,
  OAUTH_PARAMETERS,
  presentedCredential,
} from '../key-authentication/presented-credential';
import { insecure } from '../key-authentication/verification-errors';
import { authRequestOf } from '../key-authentication/request-of';
import type { KeyAuthentication } from '../key-authentication/verify';
import type { RevokeBody } from './revoke-body';
import { RevokeError } from '../errors/oauth';

export interface CallerDependencies {
  readonly keys: KeyAuthentication;
  readonly consumerKeys: ConsumerKeyService;
  readonly visitorOf: VisitorOf;
}

/** A credential from one place of a request: a pair, which may be incomplete, or a signature. */
interface Presented {
  readonly consumerKey: string;
  /** Empty if it is missing. */
  readonly consumerSecret: string;
  readonly signed: boolean;
}

/** The key with which a caller proved itself. */
export interface CallingKey {
  readonly key: ConsumerKey;
}

export type CallerReader = ReturnType<typeof callerReader>;

/**
 * Returns the functions that tell which key is calling `/revoke`. They accept every credential of
 * protocol 3.1, and a pair in the body.
 */
export function callerReader({ keys, consumerKeys, visitorOf }: CallerDependencies) {
  const toVerify = (request: Request, form: string | undefined): AuthRequest => ({
    ...authRequestOf(request, visitorOf(request), form),
    target: request.originalUrl,
  });

  /**
   * Checks, before a form is read, that the consumer key of its signature exists, if the header or
   * the query names it.
   * @throws RevokeError 401, or 429 after too many failures
   */
  async function expectSigner(request: Request): Promise<void> {
    const described = toVerify(request, undefined);
    if (mayCoverForm(described)) await keys.expectSigner(described);
  }

  /**
   * Returns the key with which the caller proves itself, or `undefined` if the request has no
   * credential. Only then may a session count.
   * @throws RevokeError 400 for several credentials, 401 for a wrong one, 429 after too many wrong
   * ones
   */
  async function callingKey(request: Request, body: RevokeBody): Promise<CallingKey | undefined> {
    const described = toVerify(request, body.form);
    // `headers.authorization` is the first of several Authorization headers only.
    const headers = request.headersDistinct.authorization ?? [];
    const presented = [
      ...headers.flatMap(inHeader),
      ...inQuery(described),
      ...inBody(body),
      ...inSignature(described, headers),
    ];
    const [proof, ...others] = distinct(presented.filter(isWhole));
    if (others.length > 0 || (proof && !presented.every((one) => isWhole(one) || agrees(one, proof))))
      throw new RevokeError(400, SEVERAL);
    if (!proof) {
      // A credential that is incomplete or unreadable counts as a failed proof, not as absent.
      if (presented.length > 0) throw new RevokeError(401, 'The credential is incomplete.');
      return undefined;
    }
    if (!proof.signed && !described.secure) throw insecure();
    const proving = proof.signed
      ? keys.identify(described)
      : keys.identifyPair(proof.consumerKey, proof.consumerSecret, described.address);
    const proven = await proving;
    const key = proven && (await consumerKeys.find(proven.keyId));
    if (!key) throw new RevokeError(401, 'Consumer key is invalid.');
    return { key };
  }

  return { expectSigner, callingKey };
}

const SEVERAL = 'Present one credential, not several.';

const isWhole = ({ consumerKey, consumerSecret, signed }: Presented) =>
  signed || (consumerKey !== '' && consumerSecret !== '');

/** Returns whether an incomplete credential does not contradict the complete one. */
const agrees = (half: Presented, whole: Presented) =>
  (half.consumerKey === '' || half.consumerKey === whole.consumerKey) &&
  (half.consumerSecret === '' || half.consumerSecret === whole.consumerSecret);

const distinct = (presented: readonly Presented[]): Presented[] => [
  ...new Map(presented.map((one) => [JSON.stringify(one), one])).values(),
];

const pair = (consumerKey = '', consumerSecret = ''): Presented => ({
  consumerKey,
  consumerSecret,
  signed: false,
});

/**
 * Reads a pair from one Authorization header, Bearer or Basic (RFC 7617). OAuth libraries
 * percent-encode the two parts of Basic (RFC 6749 section 2.3.1).
 */
function inHeader(authorization: string): Presented[] {
  const header = authorization.trim();
  if (header === '' || oauthPairs(header).length > 0) return [];
  const bearer = /^bearer +([^\s.]+)\.(\S+)$/i.exec(header);
  if (bearer) return [pair(bearer[1], bearer[2])];
  const basic = presentedCredential(readRequest({ ...NOTHING, authorization: header }));
  if (basic.kind === 'plain')
    return [pair(rawUrlDecode(basic.consumerKey), rawUrlDecode(basic.consumerSecret))];
  // A header that cannot be read counts as an incomplete credential.
  return [pair(header)];
}

const NOTHING: AuthRequest = {
  method: 'POST',
  target: '/',
  host: undefined,
  // Reads Basic as if over TLS. `callingKey` checks TLS after it knows that there is only one
  // credential.
  secure: true,
  address: '',
  authorization: undefined,
  contentType: undefined,
  methodOverride: undefined,
  formBody: undefined,
};

function inQuery(request: AuthRequest): Presented[] {
  const { pairs, credentials } = readRequest(request).query();
  if (!credentials.has('consumer_key') && !credentials.has('consumer_secret')) return [];
  const value = (wanted: string): string | undefined => {
    const values = new Set(pairs.filter(([name]) => name === wanted).map(([, sent]) => sent));
    if (values.size > 1) throw new RevokeError(400, SEVERAL);
    return [...values][0];
  };
  return [pair(value('consumer_key'), value('consumer_secret'))];
}

function inBody({ fields }: RevokeBody): Presented[] {
  const { consumer_key, consumer_secret, client_id, client_secret } = fields;
  return [
    ...(consumer_key === undefined && consumer_secret === undefined
      ? []
      : [pair(consumer_key, consumer_secret)]),
    // A client_id without a secret is not a credential. It must name the calling key
    // (revoke-target.ts).
    ...(client_secret === undefined ? [] : [pair(client_id, client_secret)]),
  ];
}

/**
 * Returns one credential for each key that an OAuth 1.0a signature names in headers, form or query.
 */
function inSignature(request: AuthRequest, headers: readonly string[]): Presented[] {
  const read = readRequest(request);
  const pairs = [
    ...headers.flatMap(oauthPairs),
    ...signaturePairs([...read.form().pairs, ...read.query().pairs]),
  ];
  if (pairs.length === 0) return [];
  const named = new Set(pairs.filter(([name]) => name === 'oauth_consumer_key').map(([, value]) => value));
  return [...(named.size > 0 ? named : [''])].map((consumerKey) => ({
    consumerKey,
    consumerSecret: '',
    signed: true,
  }));
}

const oauthPairs = (authorization: string) => signaturePairs(parseOAuthHeader(authorization).woocommerce);

const signaturePairs = (pairs: readonly Pair[]) =>
  pairs.filter(([name]) => (OAUTH_PARAMETERS as readonly string[]).includes(name));
