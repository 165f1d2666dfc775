import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import express, { type Request, type RequestHandler, type Response } from 'express';
import { isResource, RESOURCES } from '../consumer-keys/key-limits';
import { unreadableBody, unreadableCoding, type RestErrors } from '../errors/rest';
import { hasBody } from '../http/body-limits';
import { storeRoute } from '../http/route-path';
import type { StoreUrl } from '../http/store-url';
import { hasUnreadableCoding } from '../http/transfer-coding';
import type { VisitorOf } from '../http/visitor';
import { checkNeed } from './method-permission';
import { hasForm } from './auth-request';
import { checkResource } from './check-limits';
import type { VerifiedKey } from './found-key';
import { expectSearchable, overridingMethodsIn, overridingMethodsOf } from './overriding-method';
import { mayCoverForm } from './presented-credential';
import type { ProvenKeys } from './proven-keys';
import { bodyReader, FORM_LIMITS } from './body-reader';
import { keepRawBody, rawBodyOf } from './raw-body';
import { authRequestOf } from './request-of';
import { restAccess, type OwnNeeds } from './rest-access';
import { restAddress } from './rest-address';
import { withoutEmbedded } from './without-credentials';
import type { KeyAuthentication } from './verify';

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- Express extends its request type this way
  namespace Express {
    interface Request {
      /**
       * The key that `requireConsumerKey` verified. Absent on OPTIONS and on an index that is read
       * without a key.
       */
      consumerKey?: VerifiedKey;
    }
  }
}

export type RequireConsumerKeyOptions = OwnNeeds;

export interface RequireConsumerKeyDependencies {
  readonly keys: KeyAuthentication;
  readonly proven: ProvenKeys;
  readonly storeUrl: StoreUrl;
  readonly visitorOf: VisitorOf;
  readonly errors: RestErrors;
}

/**
 * Returns the factory of Express middleware that accepts only requests with a consumer key that
 * permits them. The key is then in `request.consumerKey`. Other requests are answered with JSON and
 * status 401 or 403, as in WooCommerce. The factory throws a RangeError for a group that does not exist.
 */
export function consumerKeyMiddleware(dependencies: RequireConsumerKeyDependencies) {
  const { keys, proven, storeUrl, visitorOf, errors } = dependencies;
  const readForm = bodyReader({ ...FORM_LIMITS, tooLarge: () => unreadableBody(413) });
  return (needs: RequireConsumerKeyOptions = {}): RequestHandler => {
    if (needs.resource !== undefined && !isResource(needs.resource))
      throw new RangeError(
        `requireConsumerKey: there is no resource "${String(needs.resource)}". Use ${RESOURCES.join(', ')}.`,
      );
    return (request, response, next) => {
      const visitor = visitorOf(request);
      // A router may have removed its mount path from `url`, but the client signed the whole path.
      const toVerify = () => ({
        ...authRequestOf(request, visitor, rawForm(request)),
        target: request.originalUrl,
        methodsInBody,
      });
      const reject = (thrown: unknown) => {
        errors.send(response, errors.report(thrown, request, response));
      };
      const verify = async (): Promise<void> => {
        if (hasUnreadableCoding(request)) {
          response.setHeader('Connection', 'close');
          throw unreadableCoding();
        }
        // The middleware may be mounted on an app and again on a route.
        const known = proven.of(request);
        if (known) {
          if (needs.permission !== undefined) checkNeed(needs.permission, known.permissions);
          if (needs.resource !== undefined)
            checkResource(known.resources, {
              resource: needs.resource,
              method: request.method,
              path: undefined,
            });
          return;
        }
        if (isUnread() && mayCoverForm(toVerify())) {
          await keys.expectSigner(toVerify());
          await keepForm();
        }
        const address = restAddress(storeRoute(request.originalUrl, storeUrl.basePath));
        const key = await restAccess(keys, toVerify(), address, needs);
        if (!key) return;
        if (form) request.body = await parsed(form, request, response);
        if (key.resources) request.url = withoutEmbedded(request.url);
        request.consumerKey = key;
        proven.note(request, key);
      };
      let form: Buffer | undefined;
      const isUnread = () => rawForm(request) === undefined && !request.readableEnded;
      const keepForm = async (): Promise<Buffer> => {
        form = await readForm(request);
        keepRawBody(request, response, form);
        return form;
      };
      /** Reads the `_method`s of a form, or of a body that a parser in front has parsed. */
      const methodsInBody = async () => {
        const isOurs = request.body === undefined && hasForm(toVerify()) && isUnread();
        if (isOurs) expectSearchable(request);
        const body: unknown = isOurs ? await keepForm() : request.body;
        return Buffer.isBuffer(body)
          ? overridingMethodsIn(body, request.headers['content-type'] ?? '')
          : overridingMethodsOf(body);
      };
      verify().then(() => {
        next();
      }, reject);
    };
  };
}

// Express's default of 1000 parameters is too few for batch requests.
const parse = express.urlencoded({
  extended: true,
  limit: FORM_LIMITS.bytes,
  parameterLimit: FORM_LIMITS.names,
});

/**
 * Parses a form as Express does. Call it for a verified key only, because many equal names take
 * quadratic time.
 */
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

/** Returns the raw form, or `undefined` if the request has a body that no parser kept. */
function rawForm(request: IncomingMessage): string | undefined {
  return hasBody(request) ? rawBodyOf(request)?.toString('latin1') : '';
}

/**
 * Returns the key that `requireConsumerKey` accepted for this request.
 * @throws Error if the request has none: its route is not guarded, or it is an OPTIONS request or
 * an index.
 */
export function consumerKeyOf(request: Request): VerifiedKey {
  if (request.consumerKey) return request.consumerKey;
  throw new Error('This request has no consumer key. Mount requireConsumerKey() in front of its handler.');
}
