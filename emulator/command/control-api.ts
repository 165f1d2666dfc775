import type { IncomingMessage, ServerResponse } from 'node:http';
import { ConnectError, EmulatorError, StrictError } from '../errors';
import { ControlError, expectController } from './control-request';
import type { ControlAnswer, ControlRoute } from './control-routes';
import { warningJson } from './json';

const PREFIX = '/_emulator';

/**
 * Returns the function that answers the requests to `/_emulator/`, and returns whether a request is
 * one of these. Programs in any language control the store with it. It sends no CORS headers: pages
 * cannot use it.
 */
export function controlApi({
  token,
  routes,
}: {
  readonly token: string;
  readonly routes: readonly ControlRoute[];
}): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (path !== PREFIX && !path.startsWith(`${PREFIX}/`)) return false;
    answer(request, path.slice(PREFIX.length)).then(
      (answered) => send(response, answered),
      (error: unknown) => send(response, failureOf(error)),
    );
    return true;
  };

  async function answer(request: IncomingMessage, path: string): Promise<ControlAnswer> {
    expectController(request, token);
    const found = routes.flatMap((route) => {
      const parameter = match(route.path, path);
      return parameter === undefined ? [] : [{ route, parameter }];
    });
    const chosen = found.find(({ route }) => route.method === request.method);
    if (chosen) return chosen.route.answer(request, chosen.parameter);
    if (found.length === 0) throw notFound(path, routes);
    const allowed = found.map(({ route }) => route.method).join(', ');
    throw new ControlError(
      405,
      'wrong_method',
      `${PREFIX}${path} takes ${allowed} (got ${request.method ?? ''}).`,
      { headers: { Allow: allowed } },
    );
  }
}

/** Returns the value of `{…}` in a route's path, `''` if it has none, or `undefined` if the path is another. */
function match(pattern: string, path: string): string | undefined {
  const [before = '', after] = pattern.split(/\{\w+\}/);
  if (after === undefined) return path.replace(/\/$/, '') === before ? '' : undefined;
  const value = path.slice(before.length);
  return path.startsWith(before) && /^[\w-]+$/.test(value) ? value : undefined;
}

function notFound(path: string, routes: readonly ControlRoute[]): ControlError {
  const list = routes.map((route) => `${route.method} ${PREFIX}${route.path}`).join(', ');
  return new ControlError(404, 'not_found', `There is no ${PREFIX}${path}. The control API has: ${list}.`);
}

interface Sent extends ControlAnswer {
  readonly headers?: Readonly<Record<string, string>>;
}

function send(response: ServerResponse, { status, json, headers = {} }: Sent): void {
  response.writeHead(status, {
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...(json === undefined ? {} : { 'Content-Type': 'application/json; charset=utf-8' }),
    ...headers,
  });
  response.end(json === undefined ? undefined : `${JSON.stringify(json)}\n`);
}

function failureOf(error: unknown): Sent {
  const { message } = error as Error;
  const warningsOf = ({ warnings }: ConnectError | StrictError) => warnings.map(warningJson);
  if (error instanceof ControlError) {
    const { status, code, more } = error;
    return {
      status,
      json: { code, message, ...more.fields },
      ...(more.headers ? { headers: more.headers } : {}),
    };
  }
  if (error instanceof ConnectError)
    return {
      status: 422,
      json: { code: 'not_connected', message, page_status: error.status, warnings: warningsOf(error) },
    };
  if (error instanceof StrictError)
    return { status: 422, json: { code: 'woocommerce_breaks', message, warnings: warningsOf(error) } };
  if (error instanceof EmulatorError) return { status: 400, json: { code: 'wrong_use', message } };
  return { status: 500, json: { code: 'failed', message: `The emulator failed: ${message}` } };
}
