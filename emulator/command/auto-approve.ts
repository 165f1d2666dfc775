import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseUrl } from '../../server/http/parse-url';
import { parsePhpParams } from '../../server/http/php-params';
import { connectQuery } from '../connect-url';
import { EmulatorError } from '../errors';
import { VISIT_HEADER } from '../manager-visit';
import type { Store } from '../store';

export interface AutoApproveDependencies {
  readonly store: Pick<Store, 'url' | 'approve'>;
  /** Further hosts whose callbacks are approved, in lower case. */
  readonly allow: readonly string[];
  readonly note: (text: string) => void;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Returns the function that approves a connect URL when it is opened, and sends the browser back to
 * the app. It returns false for every other request, and for a callback that is not on this
 * machine, which could be anyone's.
 */
export function autoApprove({ store, allow, note }: AutoApproveDependencies) {
  let count = 0;
  return (request: IncomingMessage, response: ServerResponse): boolean => {
    const target = request.url ?? '';
    const query = connectQuery(target);
    // The visit of the manager that this function starts comes here as well.
    if (request.method !== 'GET' || query === undefined || request.headers[VISIT_HEADER] !== undefined)
      return false;
    const host = callbackHost(query);
    if (host === undefined) return false;
    if (!LOOPBACK.test(host) && !allow.includes(host)) {
      note(`Not approved: the callback is at ${host}. To approve it without a click, add --allow ${host}.`);
      return false;
    }
    // The test kit approves a URL once. A person may open it as often as they like, so a fragment,
    // which is never sent, makes each visit another URL.
    store.approve(`${store.url}${target}#${++count}`).then(
      ({ returnedTo }) =>
        response.writeHead(302, { Location: returnedTo, 'Cache-Control': 'no-store' }).end(),
      (error: unknown) => sendFailure(response, error),
    );
    return true;
  };
}

/** Returns the host of `callback_url`, read as the grant reads it, or `undefined` if there is none. */
function callbackHost(query: string): string | undefined {
  const value = parsePhpParams(query).get('callback_url');
  return typeof value === 'string' ? parseUrl(value)?.hostname : undefined;
}

function sendFailure(response: ServerResponse, error: unknown): void {
  const status = error instanceof EmulatorError ? 422 : 500;
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(`The store could not approve the request.\n\n${(error as Error).message}\n`);
}
