import type { IncomingMessage, ServerResponse } from 'node:http';
import { RestError } from '../errors/http-errors';
import { unreadableCoding, type RestErrors } from '../errors/rest';
import { sendJson, sendPreflight } from '../http/rest-answer';
import type { StoreUrl } from '../http/store-url';
import { hasUnreadableCoding } from '../http/transfer-coding';
import type { VisitorOf } from '../http/visitor';
import {
  expectSearchable,
  formPairsIn,
  isAnyForm,
  mayOverrideMethod,
  overridingMethodsIn,
} from '../key-authentication/overriding-method';
import type { AuthRequest } from '../key-authentication/auth-request';
import type { VerifiedKey } from '../key-authentication/found-key';
import { bodyReader, FORM_LIMITS, SEARCHED_LIMITS } from '../key-authentication/body-reader';
import { rawBodyOf } from '../key-authentication/raw-body';
import { checkUnreadBody } from '../key-authentication/method-permission';
import type { ProvenKeys } from '../key-authentication/proven-keys';
import { authRequestOf } from '../key-authentication/request-of';
import { isPreflight, restAccess } from '../key-authentication/rest-access';
import { checkUnreadForm, type RestAddress } from '../key-authentication/rest-address';
import { isIndexPath, isRestIndex } from '../key-authentication/rest-routes';
import { mayCoverForm } from '../key-authentication/presented-credential';
import { noRoute } from '../key-authentication/verification-errors';
import type { KeyAuthentication } from '../key-authentication/verify';
import { leavesTheApi } from '../key-authentication/leaves-the-api';
import { restIndexes, type RestIndexDependencies } from './rest-index';
import { withoutCredentials, withoutEmbedded } from '../key-authentication/without-credentials';
import { upstream } from './upstream';
import { upstreamHeaders } from './upstream-headers';

export interface GatewayDependencies {
  readonly keys: KeyAuthentication;
  readonly proven: ProvenKeys;
  readonly storeUrl: StoreUrl;
  readonly upstreamUrl: string | undefined;
  /** What the indexes need besides. */
  readonly index: Omit<RestIndexDependencies, 'storeUrl' | 'upstreamUrl'>;
  readonly visitorOf: VisitorOf;
  readonly errors: RestErrors;
}

export type Gateway = ReturnType<typeof gateway>;

/**
 * Returns the handler of `/wp-json/*`. It verifies the key, removes the credential, adds the
 * identity headers, and passes the request to UPSTREAM_URL. Both directions stream. Without an
 * upstream it answers 404, as a store without that route.
 */
export function gateway(dependencies: GatewayDependencies) {
  const { keys, proven, storeUrl, upstreamUrl, index, visitorOf, errors } = dependencies;
  const api = upstreamUrl === undefined ? undefined : upstream({ url: upstreamUrl, storeUrl, errors });
  const indexOf = restIndexes({ ...index, storeUrl, upstreamUrl });
  const readForm = bodyReader(FORM_LIMITS);
  const readBody = bodyReader(SEARCHED_LIMITS);

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    address: RestAddress,
  ): Promise<void> {
    rejectUpgrade(request, response);
    if (hasUnreadableCoding(request)) {
      response.setHeader('Connection', 'close');
      throw unreadableCoding();
    }
    const visitor = visitorOf(request);
    const unread = authRequestOf(request, visitor, undefined);
    // The middleware of this store may have verified the request and read its body.
    const known = proven.of(request);
    const { key, form } = known
      ? { key: known, form: await checkedBody(request, unread, known) }
      : await verify(request, unread, address);
    const { path, query } = address;
    if (isRestIndex(unread.method, path)) sendJson(response, 200, await indexOf(path), storeUrl);
    else if (isPreflight(unread) && (!api || isIndexPath(path))) sendPreflight(response, storeUrl);
    else if (!api || leavesTheApi(path)) throw noRoute();
    else
      api.pass(request, response, {
        target: withoutCredentials(key?.resources ? withoutEmbedded(path + query) : path + query),
        headers: upstreamHeaders(request, visitor, key),
        form,
      });
  }

  /** Returns the key of a request, and the body if it had to be read into memory for that. */
  async function verify(request: IncomingMessage, unread: AuthRequest, address: RestAddress) {
    // Three kinds of body are read into memory: a form that an OAuth signature may cover, a body whose
    // `_method` could exceed the key's permissions, and a form whose `rest_route` could lead to a group
    // that the key does not open. All others stream.
    const coversForm = mayCoverForm(unread);
    if (coversForm) await keys.expectSigner(unread);
    const form = coversForm ? await readForm(request) : undefined;
    const { functions, body } = bodySearch(request, unread, form);
    const toVerify = { ...unread, formBody: form?.toString('latin1'), ...functions };
    return { key: await restAccess(keys, toVerify, address), form: body() };
  }

  /**
   * Returns the body of a request that the middleware verified, if it was read. The middleware leaves a
   * body that streams to the handler behind it, so it is searched here.
   */
  async function checkedBody(
    request: IncomingMessage,
    { method, contentType }: AuthRequest,
    { permissions, resources }: VerifiedKey,
  ): Promise<Buffer | undefined> {
    const read = rawBodyOf(request);
    if (!read && request.readableEnded) return undefined;
    const { functions, body } = bodySearch(request, { contentType }, read);
    if (resources) await checkUnreadForm({ method, pairsInBody: functions.pairsInBody });
    await checkUnreadBody({ method, methodsInBody: functions.methodsInBody }, permissions);
    return body();
  }

  /** Returns functions that search the body. The first call reads it, unless it was read before. */
  function bodySearch(
    request: IncomingMessage,
    { contentType = '' }: Pick<AuthRequest, 'contentType'>,
    read?: Buffer,
  ) {
    let held = read;
    const searched = async () => {
      expectSearchable(request);
      return (held ??= await readBody(request));
    };
    const methodsInBody = async () => overridingMethodsIn(await searched(), contentType);
    const pairsInBody = async () => formPairsIn(await searched(), contentType);
    return {
      functions: {
        methodsInBody: mayOverrideMethod(contentType) ? methodsInBody : undefined,
        pairsInBody: isAnyForm(contentType) ? pairsInBody : undefined,
      },
      body: () => held,
    };
  }

  return {
    answer: (request: IncomingMessage, response: ServerResponse, address: RestAddress): void => {
      handle(request, response, address).catch((thrown: unknown) => {
        errors.send(response, errors.report(thrown, request, response));
      });
    },
    close: () => {
      api?.close();
    },
  };
}

function rejectUpgrade(request: IncomingMessage, response: ServerResponse): void {
  if (!/\bwebsocket\b/i.test(request.headers.upgrade ?? '')) return;
  response.setHeader('Connection', 'close');
  throw new RestError(501, 'rest_no_upgrade', 'WebSocket connections are not supported.');
}
