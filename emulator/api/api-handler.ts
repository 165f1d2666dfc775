import express, { type Request, type RequestHandler, type Response } from 'express';
import { allowOrigin, apiLink } from '../../server/http/rest-answer';
import { ApiError, noRoute } from './api-error';
import { bodyValues, queryValues, shownQuery } from './request-values';
import type { Answer, Route } from './route';
import { handledAs, isApiPath, type RouteFinder } from './route-finder';
import { textOf } from './values';

/** More than a batch of 100 products with descriptions needs. */
const BODY_LIMIT = '10mb';

/** Returns the handler of the routes below `/wp-json/wc/v1`, `v2` and `v3`. */
export function apiHandler(find: RouteFinder, url: string): RequestHandler {
  const readBody = express.raw({ type: () => true, limit: BODY_LIMIT });

  function answer(request: Request, response: Response): void {
    try {
      send(request, response, answerOf(request, response));
    } catch (error) {
      send(request, response, failed(error));
    }
  }

  function answerOf(request: Request, response: Response): Answer {
    const [target = '', query = ''] = request.url.split(/\?(.*)/s);
    const inQuery = queryValues(query);
    const method = methodOf(request, inQuery);
    const found = find(target);
    if (!found) {
      // PHP writes an empty object as a list.
      if (method === 'OPTIONS') return { body: [] };
      throw noRoute();
    }
    const { methods } = found.route;
    response.setHeader('Allow', Object.keys(methods).join(', '));
    if (method === 'OPTIONS') return { body: described(found.namespace, methods) };
    const handler = methods[handledAs(method)];
    if (!handler) throw noRoute();
    return handler({
      given: { ...inQuery, ...bodyValues(request) },
      query: shownQuery(query),
      names: found.names,
      base: `${url}/wp-json/${found.namespace}`,
    });
  }

  function send(request: Request, response: Response, { status = 200, body, headers = {} }: Answer): void {
    const text = JSON.stringify(body);
    allowOrigin(response);
    response.writeHead(status, {
      'Content-Type': 'application/json; charset=UTF-8',
      'Content-Length': Buffer.byteLength(text),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      // In WordPress, the links of a page replace this one.
      Link: apiLink({ href: url }),
      ...headers,
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  return (request, response, next) => {
    if (!isApiPath(request.url.split('?', 1)[0] ?? '')) return next();
    // The key check has read a signed form already.
    if (request.body !== undefined) return answer(request, response);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Express's own type is wider
    readBody(request, response, (error?: unknown) => {
      if (error === undefined) answer(request, response);
      else send(request, response, failed(unreadable(error)));
    });
  };
}

/** Returns the method that WordPress obeys: the one that a `_method` or a header names. */
function methodOf(request: Request, query: Readonly<Record<string, unknown>>): string {
  const header = request.headers['x-http-method-override'];
  return (textOf(query['_method']) || textOf(header) || request.method).toUpperCase();
}

/** Returns the answer to OPTIONS: the methods of the route. */
function described(namespace: string, methods: Route['methods']) {
  const names = Object.keys(methods);
  return { namespace, methods: names, endpoints: [{ methods: names, args: {} }] };
}

function failed(error: unknown): Answer {
  const known =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'internal_server_error', `The emulated API failed: ${String(error)}`);
  return { status: known.status, body: known.body };
}

/** Returns the error for a body that Express could not read. */
function unreadable(error: unknown): ApiError {
  const { status = 400 } = error as { status?: number };
  const tooLarge = `The body is larger than ${BODY_LIMIT}, which is more than the emulated API reads.`;
  return new ApiError(status, 'rest_invalid_body', status === 413 ? tooLarge : 'The body cannot be read.');
}
