import type { IncomingMessage, RequestListener } from 'node:http';
import express, { type Request, type RequestHandler } from 'express';
import type { App } from '../server/app';
import { rawUrlDecode } from '../server/http/php-params';
import { storeRoute } from '../server/http/route-path';
import { canonicalRestPath } from '../server/key-authentication/canonical-rest-path';
import { SENT_TARGET } from '../server/key-authentication/request-of';
import { restAddress } from '../server/key-authentication/rest-address';
import { withoutCredentials } from '../server/key-authentication/without-credentials';
import { beforeAnswer, type PendingAnswer } from './before-answer';
import type { ApiRequest } from './store';

/** How a request to the REST API was decided. */
export interface Decision {
  readonly request: Request;
  /** The answer of the key check, if it rejected the request. */
  readonly rejected: PendingAnswer | undefined;
}

export interface RestFrontDependencies {
  readonly url: string;
  readonly app: Pick<App, 'requireConsumerKey' | 'listener'>;
  /** What stands between the key check and the API, and the API itself. */
  readonly api: readonly RequestHandler[];
  readonly now: () => number;
  readonly note: (request: ApiRequest) => void;
  /**
   * Called once for each request of the API, when the key check has decided. What it returns is
   * answered instead.
   */
  readonly decided: (decision: Decision) => { readonly status: number; readonly json: unknown } | undefined;
}

/** Returns the listener of the whole store: the key check, the API behind it, and the server. */
export function restFront({ url, app, api, now, note, decided }: RestFrontDependencies): RequestListener {
  const guard = app.requireConsumerKey();
  const front = express();
  front.disable('x-powered-by');
  front.disable('etag');
  front.use((request, response, next) => {
    if (!restAddress(storeRoute(request.url, ''))) return next();
    const target = request.url;
    let accepted = false;
    Object.assign(request, {
      [ACCEPT]: () => {
        accepted = true;
        return decided({ request, rejected: undefined });
      },
    });
    beforeAnswer(response, (answer) => {
      const other = accepted || answer.status < 400 ? undefined : decided({ request, rejected: answer });
      note(recorded(request, target, other?.status ?? answer.status, now()));
      return other;
    });
    next();
  });
  front.use(canonicalRestPath({ storeUrl: url }));
  const onlyRest =
    (handler: RequestHandler): RequestHandler =>
    (request, response, next) =>
      isRest(request) ? handler(request, response, next) : next();
  for (const handler of [guard, gate, ...api]) front.use(onlyRest(handler));
  front.use(app.listener as RequestHandler);
  return front;
}

const ACCEPT = Symbol('accept');

const isRest = (request: IncomingMessage) => SENT_TARGET in request && ACCEPT in request;

/** Asks `decided` about an accepted request. */
const gate: RequestHandler = (request, response, next) => {
  const { [ACCEPT]: accept } = request as unknown as {
    [ACCEPT]: () => ReturnType<RestFrontDependencies['decided']>;
  };
  const other = accept();
  if (other) response.status(other.status).json(other.json);
  else next();
};

function recorded(request: Request, target: string, status: number, at: number): ApiRequest {
  const [path = '', query = ''] = withoutCredentials(target)
    .split(/\?(.*)/s)
    .map(withoutSecrets);
  const keyId = request.consumerKey?.keyId;
  return {
    method: request.method,
    path,
    query,
    ...(keyId === undefined ? {} : { keyId }),
    status,
    at,
  };
}

const SECRET = /c[ks]_[0-9a-f]{8,}/i;

/**
 * Returns a path or query without what looks like a key or secret, in whatever place and encoding a
 * client sent it. Such a part becomes `REDACTED`.
 */
function withoutSecrets(text: string): string {
  return text
    .split(/([&/;?])/)
    .map((part) => (SECRET.test(rawUrlDecode(rawUrlDecode(part))) ? 'REDACTED' : part))
    .join('');
}
