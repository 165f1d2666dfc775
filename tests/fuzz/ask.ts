import { requestBytes } from '../support/raw-http';

/** A request about to be sent; every text is a byte string. */
export interface Ask {
  /** Which known-good request it began as: `POST /keys/:id`. */
  readonly route: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
  /** Instead of all that: bytes that may be no HTTP, whose sender hangs up when they are sent. */
  readonly wire?: string;
}

export const FORM = 'application/x-www-form-urlencoded';

/** What stands in every value that is planted; unescaped in a page it would be markup. */
export const MARKUP = `<fuzz-a>"fuzz'`;
/** A header that no answer of the server has. */
export const SPLIT = 'x-fuzz-split';

export function bytesOf(ask: Ask): Buffer {
  if (ask.wire !== undefined) return Buffer.from(ask.wire, 'latin1');
  return requestBytes(ask.method, ask.target, ask.headers, ask.body);
}

/** The same with another header of this name. */
export function withHeader(ask: Ask, name: string, value: string): Ask {
  const others = ask.headers.filter(([other]) => other.toLowerCase() !== name.toLowerCase());
  return { ...ask, headers: [...others, [name, value]] };
}

/** `/users/12/role?role=x` → `/users/:id/role` */
export function routeOf(target: string): string {
  const [path = ''] = target.split('?');
  return path.replace(/\/\d+(?=\/|$)/g, '/:id');
}
