import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ReportFailure } from '../errors/failure-log';
import { RestError } from '../errors/http-errors';
import { sendRestError } from '../errors/rest';
import { sendJson, sendPreflight } from '../http/rest-answer';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import { mayOverrideMethod, overridingMethodsIn } from '../key-authentication/overriding-method';
import { authRequestOf, bodyReader, FORM_LIMITS, SEARCHED_LIMITS } from '../key-authentication/request-of';
import { isPreflight, restAccess } from '../key-authentication/rest-access';
import type { RestAddress } from '../key-authentication/rest-address';
import { isIndexPath, isRestIndex } from '../key-authentication/rest-routes';
import { mayCoverForm } from '../key-authentication/presented-credential';
import { noRoute } from '../key-authentication/refusals';
import type { KeyAuthentication } from '../key-authentication/verify';
import { leavesTheApi } from '../key-authentication/leaves-the-api';
import { restIndexes } from './rest-index';
import { withoutCredentials } from '../key-authentication/without-credentials';
import type { RouteList } from './route-list';
import { upstream } from './upstream';
import { upstreamHeaders } from './upstream-headers';

export interface GatewayDependencies {
  readonly keys: KeyAuthentication;
  readonly storeUrl: StoreUrl;
  readonly storeName: string;
  readonly upstreamUrl: string | undefined;
  /** What STORE_ROUTES lists. */
  readonly storeRoutes: RouteList;
  readonly now: () => number;
  readonly visitorOf: VisitorOf;
  readonly reportFailure: ReportFailure;
}

export type Gateway = ReturnType<typeof gateway>;

/**
 * `/wp-json/*`: verifies the key and hands the request to UPSTREAM_URL, streaming both ways, the credential taken out and
 * the identity put in. Without an upstream it answers what a store without that route would.
 */
export function gateway(dependencies: GatewayDependencies) {
  const { keys, storeUrl, upstreamUrl, visitorOf, reportFailure, ...rest } = dependencies;
  const behind =
    upstreamUrl === undefined ? undefined : upstream({ url: upstreamUrl, storeUrl, reportFailure });
  const indexOf = restIndexes({ ...rest, storeUrl, upstreamUrl });
  const readForm = bodyReader(FORM_LIMITS);
  const readBody = bodyReader(SEARCHED_LIMITS);

  async function handle(
    request: IncomingMessage,
    response: ServerResponse,
    address: RestAddress,
  ): Promise<void> {
    refuseUpgrade(request, response);
    refuseTransferCoding(request, response);
    const visitor = visitorOf(request);
    const unread = authRequestOf(request, visitor, undefined);
    // A form that an OAuth signature may cover is held, and a body in which a key could be overstepped; the rest streams.
    const coversForm = mayCoverForm(unread);
    if (coversForm) await keys.expectSigner(unread);
    let held = coversForm ? await readForm(request) : undefined;
    const methodsInBody = async () => {
      held = await readBody(request);
      return overridingMethodsIn(held, unread.contentType);
    };
    const asked = held
      ? { ...unread, formBody: held.toString('latin1') }
      : mayOverrideMethod(unread.contentType)
        ? { ...unread, methodsInBody }
        : unread;

    const key = await restAccess(keys, asked, address);
    const { path, query } = address;
    if (isRestIndex(asked.method, path)) sendJson(response, 200, await indexOf(path), storeUrl);
    else if (isPreflight(asked) && (!behind || isIndexPath(path))) sendPreflight(response, storeUrl);
    else if (!behind || leavesTheApi(path)) throw noRoute();
    else
      behind.pass(request, response, {
        target: withoutCredentials(path + query),
        headers: upstreamHeaders(request, visitor, key),
        form: held,
      });
  }

  return {
    answer: (request: IncomingMessage, response: ServerResponse, address: RestAddress): void => {
      handle(request, response, address).catch((thrown: unknown) => {
        sendRestError(response, reportFailure(thrown, request, response), storeUrl);
      });
    },
    close: () => {
      behind?.close();
    },
  };
}

function refuseUpgrade(request: IncomingMessage, response: ServerResponse): void {
  if (!/\bwebsocket\b/i.test(request.headers.upgrade ?? '')) return;
  response.setHeader('Connection', 'close');
  throw new RestError(501, 'rest_no_upgrade', 'WebSocket connections are not passed on here.');
}

/** RFC 9112 section 6.1: Node takes `chunked` off, and nothing here could read what is below it. */
function refuseTransferCoding(request: IncomingMessage, response: ServerResponse): void {
  const coding = request.headers['transfer-encoding'];
  if (coding === undefined || coding.trim().toLowerCase() === 'chunked') return;
  response.setHeader('Connection', 'close');
  throw new RestError(
    501,
    'rest_unsupported_transfer_encoding',
    'Transfer-Encoding must be chunked alone. Send a compressed body with Content-Encoding.',
  );
}
