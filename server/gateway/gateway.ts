import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { RestError } from '../errors';
import type { LogFailure } from '../http/request-id';
import { sendJson, sendRestError } from '../http/rest-answer';
import { routePath } from '../http/route-path';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import { authRequestOf, formReader } from '../key-authentication/request-of';
import { isRestIndex } from '../key-authentication/rest-routes';
import { needsKey } from '../key-authentication/method-permission';
import { mayCoverForm } from '../key-authentication/presented-credential';
import { cannotBeChecked } from '../key-authentication/refusals';
import type { KeyAuthentication } from '../key-authentication/verify';
import { leavesTheApi } from '../key-authentication/leaves-the-api';
import { restIndex } from './rest-index';
import { withoutCredentials } from '../key-authentication/without-credentials';
import { upstream } from './upstream';
import { upstreamHeaders } from './upstream-headers';

export interface GatewayDependencies {
  readonly keys: KeyAuthentication;
  readonly storeUrl: StoreUrl;
  readonly storeName: string;
  readonly upstreamUrl: string | undefined;
  readonly visitorOf: VisitorOf;
  /** Turns a failure into one that may be told. */
  readonly sanitize: (error: unknown) => Error;
  readonly logFailure: LogFailure;
}

/**
 * `/wp-json/*`: verifies the key and hands the request to UPSTREAM_URL, streaming both ways, the credential taken out and
 * the identity put in. Without an upstream it answers what a store without that route would.
 */
export function gateway(dependencies: GatewayDependencies): { listener: RequestListener; close(): void } {
  const { keys, storeUrl, storeName, upstreamUrl, visitorOf, sanitize, logFailure } = dependencies;
  const behind = upstreamUrl === undefined ? undefined : upstream({ url: upstreamUrl, storeUrl, logFailure });

  const readForm = formReader();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    refuseUpgrade(request, response);
    const visitor = visitorOf(request);
    const unread = authRequestOf(request, visitor, undefined);
    // Only a form that an OAuth signature may cover is held; everything else streams.
    const form = mayCoverForm(unread) ? await readForm(request) : undefined;
    const asked = form ? { ...unread, formBody: form.toString('latin1') } : unread;

    const target = routePath(asked.target, storeUrl.basePath);
    const [path = ''] = target.split('?');
    const index = isRestIndex(asked.method, path);
    const open = index || !needsKey(asked);
    const key = open ? await keys.verifyIfPresented(asked) : await keys.verify(asked);

    if (index) sendJson(response, 200, restIndex(path, { storeUrl, storeName }), storeUrl);
    else if (!behind || leavesTheApi(path))
      throw new RestError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
    else
      behind.pass(request, response, {
        target: withoutCredentials(target),
        headers: upstreamHeaders(request, visitor, key),
        form,
      });
  }

  function refusalOf(thrown: unknown, request: IncomingMessage, response: ServerResponse): RestError {
    if (thrown instanceof RestError) return thrown;
    const error = sanitize(thrown);
    logFailure(error, request, response);
    return cannotBeChecked(error);
  }

  return {
    listener: (request, response) => {
      handle(request, response).catch((thrown: unknown) => {
        sendRestError(response, refusalOf(thrown, request, response), storeUrl);
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
