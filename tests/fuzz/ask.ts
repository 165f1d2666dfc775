import { requestBytes } from '../support/http/raw-http';

/** A request to send. Every text is a byte string. */
export interface Ask {
  /** The known-good request it began as: `POST /keys/:id`. */
  readonly route: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Bytes to send instead, which may not be HTTP. The sender hangs up after them. */
  readonly wire?: string;
}

export const FORM = 'application/x-www-form-urlencoded';

/** The mark in every planted value. Unescaped in a page it would be markup. */
export const MARKUP = `<fuzz-a>"fuzz'`;
/** A header that no answer of the server has. */
export const SPLIT = 'x-fuzz-split';

export function bytesOf(ask: Ask): Buffer {
  if (ask.wire !== undefined) return Buffer.from(ask.wire, 'latin1');
  return requestBytes(ask.method, ask.target, ask.headers, ask.body);
}

/** Returns the request with another header of this name. */
export function withHeader(ask: Ask, name: string, value: string): Ask {
  const others = ask.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
  return { ...ask, headers: [...others, [name, value]] };
}

/** Returns the route of a target: `/users/:id/role` for `/users/12/role?role=x`. */
export function routeOf(target: string): string {
  const [path = ''] = target.split('?');
  return path.replace(/\/\d+(?=\/|$)/g, '/:id');
}
