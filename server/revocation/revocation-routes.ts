import { Router, type Request, type RequestHandler } from 'express';
import type { ReportFailure } from '../errors/failure';
import type { HelpUrlOf } from '../errors/help-url';
import { AUTHENTICATION_REQUIRED, RevokeError, revokeErrorHandlers } from '../errors/oauth';
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
  readonly helpUrlOf: HelpUrlOf;
}

const DONE = 'Successfully logged out';
const REVOKE = '/wc-auth/v1/revoke';
const AUTH_LOGOUT = '/auth/logout';
// A regular expression, because Express would decode a parameter, and answer a malformed one with a
// page.
const SHOPPER_LOGOUT = /^\/shopper\/auth\/v1\/organizations\/[^/]+\/oauth2\/logout\/?$/i;
const METADATA = '/.well-known/oauth-authorization-server';

/**
 * Returns the routes of `POST /wc-auth/v1/revoke` (RFC 7009), its discovery (RFC 8414), and the
 * logouts of two other APIs, which are dialects of it (protocol 4).
 */
export function revocationRoutes(dependencies: RevocationRouteDependencies): Router {
  const { revoke, storeUrl, reportFailure, helpUrlOf } = dependencies;
  const router = Router();
  const paths = [REVOKE, AUTH_LOGOUT, SHOPPER_LOGOUT];
  router.use(paths, noStore);
  const readBody: RequestHandler = async (request, response, next) => {
    await revoke.expectSigner(request);
    void readRevokeBody(request, response, next);
  };

  router.post(REVOKE, readBody, async (request, response) => {
    const body = parseRevokeBody(request);
    const keyIds = await revoke.byAnyone(request, body, parseRevokeTarget(body));
    response.json({ success: true, data: { message: DONE, revoked: keyIds.length, key_ids: keyIds } });
  });
  router.all(REVOKE, onlyBy('POST'));

  // A logout without a body ends all sessions.
  router.post(AUTH_LOGOUT, readBody, async (request, response) => {
    const body = parseRevokeBody(request);
    const named = Object.keys(body.fields).length > 0;
    const target = parseRevokeTarget(named ? body : { ...body, fields: { hint: 'all-sessions' } });
    await revoke.byKey(request, await requiredKey(request, body), target);
    response.json({ success: true, data: { message: DONE } });
  });
  router.all(AUTH_LOGOUT, onlyBy('POST'));

  const shopperLogout: RequestHandler = async (request, response) => {
    // Express routes HEAD to the GET handler, but a HEAD must not revoke.
    if (request.method === 'HEAD') throw methodNotAllowed('GET, POST');
    if (!/^\s*bearer /i.test(request.headers.authorization ?? ''))
      throw new RevokeError(401, 'A Bearer token is required.');
    const body = parseRevokeBody(request);
    const target = parseRevokeTarget({ ...body, fields: { ...shopperQuery(request), ...body.fields } });
    const caller = await requiredKey(request, body);
    // Revokes the calling key together with the one that it names.
    await revoke.byKey(request, caller, target, { alsoOwn: true });
    response.json(shopperAnswer(target.token));
  };
  router.get(SHOPPER_LOGOUT, shopperLogout);
  router.post(SHOPPER_LOGOUT, readBody, shopperLogout);
  router.all(SHOPPER_LOGOUT, onlyBy('GET, POST'));

  // The path of an issuer follows the well-known name (RFC 8414 section 3.1). Paths are compared as
  // text, because STORE_URL's path may contain characters that have a meaning in a route pattern.
  const metadataPaths = [METADATA, `${METADATA}${storeUrl.basePath}`];
  router.use(METADATA, (request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    if (!metadataPaths.includes((request.baseUrl + request.path).replace(/\/$/, ''))) return next();
    response.json(metadata(storeUrl));
  });

  const errors = revokeErrorHandlers({ reportFailure, helpUrlOf, isForm });
  router.use(AUTH_LOGOUT, errors.logout);
  router.use(paths, errors.revoke);
  return router;

  async function requiredKey(request: Request, body: RevokeBody) {
    const caller = await revoke.callingKey(request, body);
    if (!caller) throw new RevokeError(401, AUTHENTICATION_REQUIRED);
    return caller;
  }
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  next();
};

const methodNotAllowed = (allowed: string) =>
  new RevokeError(405, `This URL accepts ${allowed} only.`, { Allow: allowed });

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
    if (value === undefined) throw new RevokeError(400, `The parameter ${name} must be one string.`);
    return [[name, value] as const];
  });
  return Object.fromEntries(found);
}

/**
 * Returns the members that shoppers' clients expect. They are placeholders, except for the public
 * half of the token.
 */
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

/**
 * Returns the metadata of RFC 8414. This server issues no tokens, so the lists of grant and
 * response types are empty.
 */
function metadata({ href }: StoreUrl) {
  return {
    issuer: href,
    revocation_endpoint: `${href}${REVOKE}`,
    revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    response_types_supported: [],
    grant_types_supported: [],
  };
}
