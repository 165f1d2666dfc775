import { byteString, phpParams, rawPairs, topLevelName, type Pair, type PhpArray } from '../http/php-params';
import { isCredential } from './without-credentials';

/** What verification needs to know about a request, whichever endpoint received it. */
export interface AuthRequest {
  readonly method: string;
  /** The request-target exactly as sent: path and query, not decoded. */
  readonly target: string;
  /** The `Host` header, or the host that a trusted proxy reports. */
  readonly host: string | undefined;
  /** Whether the client used TLS to reach this server or a trusted proxy. */
  readonly secure: boolean;
  /** The client's address, for the record of the key's last use. */
  readonly address: string;
  readonly authorization: string | undefined;
  readonly contentType: string | undefined;
  /** `X-HTTP-Method-Override` */
  readonly methodOverride: string | undefined;
  /**
   * Whether it has `Access-Control-Request-Method`. With OPTIONS, it is a browser's preflight
   * (Fetch standard, section 4.8).
   */
  readonly asksMethod?: boolean;
  /**
   * Reads the body if it was not read yet, and returns the methods that a `_method` in it asks for.
   */
  readonly methodsInBody?: (() => Promise<readonly string[]>) | undefined;
  /**
   * Reads the body if it was not read yet, and returns the names and values of its form. Unset if the
   * body is not a form, or the route cannot come from it.
   */
  readonly pairsInBody?: (() => Promise<readonly Pair[]>) | undefined;
  /**
   * The urlencoded body's bytes as latin1, `''` for an empty body. `undefined` if the endpoint has
   * not read it.
   */
  readonly formBody: string | undefined;
}

/** The parameters of a query or a form, as sent and as PHP reads them. */
export interface Parameters {
  readonly pairs: readonly Pair[];
  /**
   * At least the parameters of credentials, as PHP reads them. Parsing deep arrays too can cost 100
   * times as much.
   */
  readonly credentials: PhpArray;
  readonly params: PhpArray;
  /**
   * The pairs as an API reads them that splits at `;` as well as at `&`. Empty if that makes no
   * difference.
   */
  readonly otherPairs: () => readonly Pair[];
  /** Whether PHP keeps all of the pairs. */
  readonly complete: boolean;
}

/** A parsed request. Expensive parts are functions, which parse on the first call only. */
export interface ReadRequest {
  /** In upper case, as in a base string. */
  readonly method: string;
  /** As sent, not decoded. */
  readonly path: string;
  /** The whole request-target as sent. */
  readonly target: string;
  readonly host: string | undefined;
  readonly secure: boolean;
  readonly address: string;
  readonly authorization: string | undefined;
  readonly methodOverride: string | undefined;
  readonly methodsInBody: AuthRequest['methodsInBody'];
  readonly pairsInBody: AuthRequest['pairsInBody'];
  readonly query: () => Parameters;
  /** The parameters of an urlencoded body. Empty for any other body. */
  readonly form: () => Parameters;
  /**
   * Whether the request has a form that the endpoint did not read. A signature cannot be verified
   * over such a form.
   */
  readonly formUnseen: boolean;
}

const NO_PARAMETERS: Parameters = {
  pairs: [],
  credentials: new Map(),
  params: new Map(),
  otherPairs: () => [],
  complete: true,
};
/**
 * The media type of a body whose parameters an OAuth signature covers (RFC 5849 section 3.4.1.3.1).
 */
const FORM = /^\s*application\/x-www-form-urlencoded\s*(?:;|$)/i;
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Parses a request for verification. */
export function readRequest(request: AuthRequest): ReadRequest {
  const method = request.method.toUpperCase();
  const target = byteString(request.target);
  const { authority, path, query } = splitTarget(target);
  const isForm = hasForm(request);
  const body = isForm ? request.formBody : undefined;
  return {
    method,
    path,
    target,
    // The absolute form's authority replaces the Host header (RFC 9112 section 3.2.2).
    host: authority ?? request.host,
    secure: request.secure,
    address: request.address,
    authorization: request.authorization,
    methodOverride: request.methodOverride,
    methodsInBody: request.methodsInBody,
    pairsInBody: request.pairsInBody,
    query: once(() => parametersOf(query)),
    form: once(() => parametersOf(body ?? '')),
    formUnseen: isForm && body === undefined && METHODS_WITH_BODY.has(method),
  };
}

/** Returns whether the body is urlencoded, so that an OAuth signature covers its parameters. */
export function hasForm({ contentType }: Pick<AuthRequest, 'contentType'>): boolean {
  return contentType !== undefined && FORM.test(contentType);
}

function splitTarget(target: string): { authority: string | undefined; path: string; query: string } {
  const absolute = /^https?:\/\/([^/?]*)/i.exec(target);
  const rest = absolute ? target.slice(absolute[0].length) : target;
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  return {
    authority: absolute?.[1],
    path: path === '' ? '/' : path,
    query: mark < 0 ? '' : rest.slice(mark + 1),
  };
}

/** Parses a query or an urlencoded body. Arrays are parsed on first use only. */
export function parametersOf(raw: string): Parameters {
  if (raw === '') return NO_PARAMETERS;
  const pairs = rawPairs(raw);
  const otherPairs = once(() => (raw.includes(';') ? rawPairs(raw.replaceAll(';', '&')) : []));
  if (!MAY_NEST.test(raw)) {
    const { params, complete } = phpParams(pairs);
    return { pairs, credentials: params, params, otherPairs, complete };
  }
  const all = once(() => phpParams(pairs));
  return {
    pairs,
    credentials: phpParams(pairs.filter(([name]) => isCredential(topLevelName(name)))).params,
    get params() {
      return all().params;
    },
    otherPairs,
    get complete() {
      return all().complete;
    },
  };
}

/**
 * Matches an opening bracket. Without one there are no arrays, so parsing everything is as fast as
 * parsing a part.
 */
const MAY_NEST = /\[|%5b/i;

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
