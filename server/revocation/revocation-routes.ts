import { Router, type ErrorRequestHandler, type Request, type RequestHandler } from 'express';
import type { ReportFailure } from '../errors/failure-log';
import { asRevokeError, errorObject, oauthErrorBody, RevokeError, revokeErrorBody } from '../errors/oauth';
import { parsePhpParams } from '../http/php-params';
import { textParam } from '../http/request-params';
import type { StoreUrl } from '../http/store-url';
import type { revoke } from './revoke';
import { isForm, parseRevokeBody, readRevokeBody, type RevokeBody } from './revoke-body';
import { parseRevokeTarget } from './revoke-target';

export interface RevocationRouteDependencies {
  readonly revoke: ReturnType<typeof revoke>;
  readonly storeUrl: StoreUrl;
  readonly reportFailure: ReportFailure;
}

const DONE = 'Successfully logged out';
const REVOKE = '/wc-auth/v1/revoke';
const LOGOUT = '/auth/logout';
// Not a pattern with a parameter: Express would decode it, and answer a malformed one with a page.
const SHOPPER_LOGOUT = /^\/shopper\/auth\/v1\/organizations\/[^/]+\/oauth2\/logout\/?$/i;
const METADATA = '/.well-known/oauth-authorization-server';

/** `POST /wc-auth/v1/revoke` (RFC 7009), its discovery (RFC 8414), and two logouts of other APIs as thin dialects of it. */
export function revocationRoutes({
  revoke: by,
  storeUrl,
  reportFailure,
}: RevocationRouteDependencies): Router {
  const router = Router();
  const paths = [REVOKE, LOGOUT, SHOPPER_LOGOUT];
  router.use(paths, noStore);
  const readBody: RequestHandler = async (request, response, next) => {
    await by.expectSigner(request);
    void readRevokeBody(request, response, next);
  };

  router.post(REVOKE, readBody, async (request, response) => {
    const body = parseRevokeBody(request);
    const keyIds = await by.byAnyone(request, body, parseRevokeTarget(body));
    response.json({ success: true, data: { message: DONE, revoked: keyIds.length, key_ids: keyIds } });
  });
  router.all(REVOKE, onlyBy('POST'));

  // Without a body: everywhere.
  router.post(LOGOUT, readBody, async (request, response) => {
    const body = parseRevokeBody(request);
    const named = Object.keys(body.fields).length > 0;
    const target = parseRevokeTarget(named ? body : { ...body, fields: { hint: 'all-sessions' } });
    await by.byKey(request, await requiredKey(request, body), target);
    response.json({ success: true, data: { message: DONE } });
  });
  router.all(LOGOUT, onlyBy('POST'));

  const shopperLogout: RequestHandler = async (request, response) => {
    // Express answers HEAD by the GET route, and a HEAD ends nothing.
    if (request.method === 'HEAD') throw methodNotAllowed('GET, POST');
    if (!/^\s*bearer /i.test(request.headers.authorization ?? ''))
      throw new RevokeError(401, 'A Bearer token is required.');
    const body = parseRevokeBody(request);
    const target = parseRevokeTarget({ ...body, fields: { ...shopperQuery(request), ...body.fields } });
    const caller = await requiredKey(request, body);
    // The bearer's own key goes with the one it names.
    await by.byKey(request, caller, target, { alsoOwn: true });
    response.json(shopperAnswer(target.token));
  };
  router.get(SHOPPER_LOGOUT, shopperLogout);
  router.post(SHOPPER_LOGOUT, readBody, shopperLogout);
  router.all(SHOPPER_LOGOUT, onlyBy('GET, POST'));

  // An issuer with a path has its metadata behind the well-known name (RFC 8414 section 3.1). Compared as text: a path
  // may hold what a route's pattern takes for a wildcard.
  const metadataPaths = [METADATA, `${METADATA}${storeUrl.basePath}`];
  router.use(METADATA, (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    if (!metadataPaths.includes((request.baseUrl + request.path).replace(/\/$/, ''))) return next();
    response.json(metadata(storeUrl));
  });

  router.use(
    LOGOUT,
    answerErrors((error) => ({ error: errorObject(error) })),
  );
  router.use(
    paths,
    answerErrors((error, request) => (isForm(request) ? oauthErrorBody(error) : revokeErrorBody(error))),
  );
  return router;

  function answerErrors(bodyOf: (error: RevokeError, request: Request) => object): ErrorRequestHandler {
    return (thrown: unknown, request, response, _next) => {
      const error = asRevokeError(reportFailure(thrown, request, response));
      // A challenge makes OAuth libraries overlook `invalid_client`; RFC 6749 section 5.2 asks for it where the
      // Authorization header was used. A browser would ask the manager behind a form for a password.
      const challenged = request.headers.authorization !== undefined || !isForm(request);
      if (error.status === 401 && challenged)
        response.set('WWW-Authenticate', 'Basic realm="WooCommerce API"');
      response.status(error.status).set(error.headers).json(bodyOf(error, request));
    };
  }

  async function requiredKey(request: Request, body: RevokeBody) {
    const caller = await by.callingKey(request, body);
    if (!caller) throw new RevokeError(401, 'Authentication required');
    return caller;
  }
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  next();
};

const methodNotAllowed = (allowed: string) =>
  new RevokeError(405, `This address takes ${allowed} only.`, { Allow: allowed });

const onlyBy =
  (allowed: string): RequestHandler =>
  () => {
    throw methodNotAllowed(allowed);
  };

function shopperQuery(request: Request): RevokeBody['fields'] {
  const params = parsePhpParams(/\?(.*)$/s.exec(request.originalUrl)?.[1] ?? '');
  const named = ['client_id', 'refresh_token', 'hint'] as const;
  const found = named.flatMap((name) => {
    if (!params.has(name)) return [];
    const value = textParam(params, name);
    if (value === undefined) throw new RevokeError(400, `The parameter ${name} has to be one string.`);
    return [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/** The members that shoppers' clients look for, all empty; of the token only the public half comes back. */
function shopperAnswer(token: string | undefined) {
  return {
    access_token: '',
    id_token: 'null',
    refresh_token: /^ck_[0-9a-f]{40}(?=\.|$)/.exec(token ?? '')?.[0] ?? '',
    expires_in: 0,
    refresh_token_expires_in: 0,
    token_type: 'Bearer',
    usid: 'null',
    customer_id: 'null',
    enc_user_id: 'null',
    idp_access_token: '',
  };
}

/** RFC 8414; no tokens are issued here, so there are no grant and no response types. */
function metadata({ href }: StoreUrl) {
  return {
    issuer: href,
    revocation_endpoint: `${href}${REVOKE}`,
    revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    response_types_supported: [],
    grant_types_supported: [],
  };
}
