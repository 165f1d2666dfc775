import type { Request } from 'express';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import type { ConsumerKey } from '../consumer-keys/consumer-key';
import { RestError } from '../errors/http-errors';
import { rawUrlDecode, type Pair } from '../http/php-params';
import type { VisitorOf } from '../http/visitor';
import { readRequest, type AuthRequest } from '../key-authentication/auth-request';
import { parseOAuthHeader } from '../key-authentication/oauth-header';
import {
  mayCoverForm,
  OAUTH_PARAMETERS,
  presentedCredential,
} from '../key-authentication/presented-credential';
import { authRequestOf } from '../key-authentication/request-of';
import type { KeyAuthentication } from '../key-authentication/verify';
import type { RevokeBody } from './revoke-body';
import { isRevokeStatus, RevokeError } from '../errors/oauth';

export interface CallerDependencies {
  readonly keys: KeyAuthentication;
  readonly consumerKeys: ConsumerKeyService;
  readonly visitorOf: VisitorOf;
}

/** What one place of a request presents as a proof: a pair, or what was meant to be one; or a signature. */
interface Presented {
  readonly consumerKey: string;
  /** Empty where it is missing. */
  readonly consumerSecret: string;
  readonly signed: boolean;
}

/** The key with which a caller proved itself. */
export interface CallingKey {
  readonly key: ConsumerKey;
}

export type CallerReader = ReturnType<typeof callerReader>;

/** Which key is calling `/revoke`: everything 3.1 takes, and besides a Bearer and a pair in the body. */
export function callerReader({ keys, consumerKeys, visitorOf }: CallerDependencies) {
  const askedBy = (request: Request, form: string | undefined): AuthRequest => ({
    ...authRequestOf(request, visitorOf(request), form),
    target: request.originalUrl,
  });

  /**
   * Checks, before a form is read, that the consumer key of its signature exists, if the header or the query names it.
   * @throws RevokeError 401, or 429 after too many failures
   */
  async function expectSigner(request: Request): Promise<void> {
    const asked = askedBy(request, undefined);
    if (mayCoverForm(asked)) await keys.expectSigner(asked).catch(refuse);
  }

  /**
   * `undefined` when no key was presented at all; then, and only then, a session may count.
   * @throws RevokeError 400 for two credentials, 401 for one that does not hold, 429 after too many of them
   */
  async function callingKey(request: Request, body: RevokeBody): Promise<CallingKey | undefined> {
    const asked = askedBy(request, body.form);
    // Node reads the first of several Authorization headers and keeps quiet about the rest.
    const headers = request.headersDistinct.authorization ?? [];
    const presented = [
      ...headers.flatMap(inHeader),
      ...inQuery(asked),
      ...inBody(body),
      ...inSignature(asked, headers),
    ];
    const [proof, ...others] = distinct(presented.filter(isWhole));
    if (others.length > 0 || (proof && !presented.every((one) => isWhole(one) || agrees(one, proof))))
      throw new RevokeError(400, SEVERAL);
    if (!proof) {
      // Half a credential, or one that cannot be read, is a failed proof and not the absence of one.
      if (presented.length > 0) throw new RevokeError(401, 'The credential is incomplete.');
      return undefined;
    }
    if (!proof.signed && !asked.secure) throw new RevokeError(401, INSECURE);
    const proving = proof.signed
      ? keys.identify(asked)
      : keys.identifyPair(proof.consumerKey, proof.consumerSecret, asked.address);
    const proven = await proving.catch(refuse);
    const key = proven && (await consumerKeys.find(proven.keyId));
    if (!key) throw new RevokeError(401, 'Consumer key is invalid.');
    return { key };
  }

  return { expectSigner, callingKey };
}

/** Rethrows a refusal in the shape of this endpoint's errors. */
function refuse(error: unknown): never {
  if (!(error instanceof RestError)) throw error;
  throw new RevokeError(isRevokeStatus(error.status) ? error.status : 401, error.message, error.headers);
}

const SEVERAL = 'Present one credential, not several.';
const INSECURE =
  'A consumer key and secret are taken over https only. Use https, or sign the request with OAuth 1.0a.';

const isWhole = ({ consumerKey, consumerSecret, signed }: Presented) =>
  signed || (consumerKey !== '' && consumerSecret !== '');

/** Whether half a credential says nothing that the whole one does not. */
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

/** Basic as RFC 7617 has it, its two parts percent-encoded where an OAuth library sends it (RFC 6749 section 2.3.1). */
function inHeader(authorization: string): Presented[] {
  const header = authorization.trim();
  if (header === '' || oauthPairs(header).length > 0) return [];
  const bearer = /^bearer +([^\s.]+)\.(\S+)$/i.exec(header);
  if (bearer) return [pair(bearer[1], bearer[2])];
  const basic = presentedCredential(readRequest({ ...NOTHING, authorization: header }));
  if (basic.kind === 'plain')
    return [pair(rawUrlDecode(basic.consumerKey), rawUrlDecode(basic.consumerSecret))];
  // Meant for something, and nothing that can be read.
  return [pair(header)];
}

const NOTHING: AuthRequest = {
  method: 'POST',
  target: '/',
  host: undefined,
  // Looked at as if over TLS: whether it was, is asked once it is known that there is only one.
  secure: true,
  address: '',
  authorization: undefined,
  contentType: undefined,
  methodOverride: undefined,
  formBody: undefined,
};

function inQuery(asked: AuthRequest): Presented[] {
  const { pairs, credentials } = readRequest(asked).query();
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
    // A client_id alone presents nothing; it has to name the caller (revoke-target.ts).
    ...(client_secret === undefined ? [] : [pair(client_id, client_secret)]),
  ];
}

/** One for each key that a signature of OAuth 1.0a names, in whichever place its parameters stand. */
function inSignature(asked: AuthRequest, headers: readonly string[]): Presented[] {
  const read = readRequest(asked);
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
