import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import express, { type Request, type RequestHandler, type Response } from 'express';
import type { Permissions } from '../consumer-keys/consumer-key';
import type { ReportFailure } from '../errors/failure-log';
import { sendRestError, unreadableBody } from '../errors/rest';
import { hasBody } from '../http/body-limits';
import { storeRoute } from '../http/route-path';
import type { StoreUrl } from '../http/store-url';
import type { VisitorOf } from '../http/visitor';
import { checkNeed } from './method-permission';
import { hasForm } from './auth-request';
import { overridingMethodsIn, overridingMethodsOf } from './overriding-method';
import { mayCoverForm } from './presented-credential';
import { authRequestOf, bodyReader, FORM_LIMITS } from './request-of';
import { restAccess } from './rest-access';
import { restAddress } from './rest-address';
import type { KeyAuthentication, VerifiedKey } from './verify';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- the way Express lets a request grow
  namespace Express {
    interface Request {
      /** The key that `requireConsumerKey` let through; absent on OPTIONS and on an index without one. */
      consumerKey?: VerifiedKey;
    }
  }
}

export interface RequireConsumerKeyOptions {
  /** What the key must be allowed besides what the request's method demands. */
  readonly permission?: Permissions;
}

export interface RequireConsumerKeyDependencies {
  readonly keys: KeyAuthentication;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly reportFailure: ReportFailure;
}

type RawBody = IncomingMessage & { rawBody?: Buffer };

/**
 * Give it to a body parser that runs before `requireConsumerKey` (`express.urlencoded({ verify: keepRawBody })`): an
 * OAuth signature covers a form byte for byte, and what a parser made of it cannot be checked.
 */
export function keepRawBody(request: IncomingMessage, _response: unknown, body: Buffer): void {
  (request as RawBody).rawBody = body;
}

/**
 * Express middleware: lets a request through whose consumer key is right and may do it, and puts the key on
 * `request.consumerKey`. All else is answered as WooCommerce does (401 or 403, JSON).
 */
export function consumerKeyMiddleware({
  keys,
  storeUrl,
  visitorOf,
  reportFailure,
}: RequireConsumerKeyDependencies) {
  // On the request itself, where nobody else can put it: a WeakMap would keep each alive until the next full collection.
  const proven = Symbol('proven');
  const marked = (request: IncomingMessage) =>
    request as IncomingMessage & Record<symbol, VerifiedKey | undefined>;
  const readForm = bodyReader({ ...FORM_LIMITS, tooLarge: () => unreadableBody(413) });
  return ({ permission }: RequireConsumerKeyOptions = {}): RequestHandler =>
    (request, response, next) => {
      const visitor = visitorOf(request);
      // A router may have cut the path it is mounted on from `url`; the client signed the whole.
      const asked = () => ({
        ...authRequestOf(request, visitor, rawForm(request)),
        target: request.originalUrl,
        methodsInBody,
      });
      const refuse = (thrown: unknown) => {
        sendRestError(response, reportFailure(thrown, request, response), storeUrl);
      };
      const verify = async (): Promise<void> => {
        // Mounted on an app and on one of its routes: proven once, for a nonce is spent only once.
        const known = marked(request)[proven];
        if (known) {
          if (permission !== undefined) checkNeed(permission, known.permissions);
          return;
        }
        if (isUnread() && mayCoverForm(asked())) {
          await keys.expectSigner(asked());
          await keepForm();
        }
        const address = restAddress(storeRoute(request.originalUrl, storeUrl.basePath));
        const key = await restAccess(keys, asked(), address, permission);
        if (!key) return;
        if (form) request.body = await parsed(form, request, response);
        request.consumerKey = key;
        marked(request)[proven] = key;
      };
      let form: Buffer | undefined;
      const isUnread = () => rawForm(request) === undefined && !request.readableEnded;
      const keepForm = async (): Promise<Buffer> =>
        (form = (request as RawBody).rawBody = await readForm(request));
      /** Of a form, or of what a parser in front made of any body. */
      const methodsInBody = async () => {
        const isOurs = request.body === undefined && hasForm(asked()) && isUnread();
        const body: unknown = isOurs ? await keepForm() : request.body;
        return Buffer.isBuffer(body)
          ? overridingMethodsIn(body, request.headers['content-type'])
          : overridingMethodsOf(body);
      };
      verify().then(() => {
        next();
      }, refuse);
    };
}

// Express's default of 1000 parameters is too few for batch requests.
const parse = express.urlencoded({
  extended: true,
  limit: FORM_LIMITS.bytes,
  parameterLimit: FORM_LIMITS.names,
});

/** Parses a form as Express does. Call it only for an accepted key: it takes quadratic time for many equal names. */
function parsed(form: Buffer, { headers }: Request, response: Response): Promise<unknown> {
  const request = Object.assign(Readable.from([form]), {
    headers: { 'content-type': headers['content-type'], 'content-length': String(form.length) },
    body: undefined,
  });
  return new Promise((resolve, reject) => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- any stream with headers will do
    parse(request as unknown as IncomingMessage, response, (error) => {
      if (error === undefined) resolve(request.body);
      else reject(error as Error);
    });
  });
}

/** `undefined` when there is a body that nobody has kept. */
function rawForm(request: IncomingMessage): string | undefined {
  return hasBody(request) ? (request as RawBody).rawBody?.toString('latin1') : '';
}
