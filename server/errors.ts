/** Headers an error answer carries besides its content type. */
export type ErrorHeaders = Readonly<Record<string, string>>;

/**
 * A refusal that may be told to whoever asked: `status` goes on the wire, `message` holds no secret and no internal
 * address. `http/error-handler.ts` turns it into HTML or JSON; anything else thrown is a 500 that says nothing.
 */
export abstract class HttpError extends Error {
  abstract readonly status: number;
  readonly headers: ErrorHeaders = {};
}

/** What an error page offers besides its text. */
export interface ErrorPageExtras {
  /** A sentence in plain words below the protocol's own line. */
  readonly explanation?: string;
  /** A link back to the start, so that one click tries again. Always a path of this server. */
  readonly retryHref?: string;
  /** Who is signed in with an account that may not do this; the page offers to sign in as someone else. */
  readonly signOut?: { readonly displayName: string; readonly nonce: string; readonly redirectTo: string };
}

/**
 * A failure of `/wc-auth/v1/`: a page titled "Access denied" with the line `Error: MESSAGE`, or, with
 * `Accept: application/json`, `{"code":"wp_die",…}`. Status 401, as WooCommerce answers.
 */
export class WcAuthError extends HttpError {
  override readonly name = 'WcAuthError';
  constructor(
    message: string,
    readonly extras: ErrorPageExtras = {},
    readonly status = 401,
  ) {
    super(message);
  }
}

/** A failure of the REST side: `{"code","message","data":{"status"}}`, as WordPress answers. */
export class RestError extends HttpError {
  override readonly name = 'RestError';
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Further members of `data`, such as the base strings of `OAUTH_DEBUG`. Never a secret. */
    readonly data: Readonly<Record<string, unknown>> = {},
    override readonly headers: ErrorHeaders = {},
  ) {
    super(message);
  }
}

/** A request this server cannot read: too large, wrong media type, wrong method. */
export class BadRequestError extends HttpError {
  override readonly name = 'BadRequestError';
  constructor(
    readonly status: number,
    message: string,
    override readonly headers: ErrorHeaders = {},
  ) {
    super(message);
  }
}

/** A refusal in words for the person at the browser: a page with its own heading, text and way on. Nothing was changed. */
export class PageError extends HttpError {
  override readonly name = 'PageError';
  constructor(
    override readonly status: number,
    readonly heading: string,
    message: string,
    /** Where to go from here, a path of this server; else the start page. */
    readonly next?: { readonly href: string; readonly label: string },
    override readonly headers: ErrorHeaders = {},
  ) {
    super(message);
  }
}

/** What a change was about was removed while it was under way: 409. Nothing was changed. */
export class RemovedMeanwhileError extends HttpError {
  override readonly name = 'RemovedMeanwhileError';
  readonly status = 409;
}

/** Too busy, or the database does not answer: 503 with `Retry-After` in seconds. Nothing was changed. */
export class UnavailableError extends HttpError {
  override readonly name = 'UnavailableError';
  readonly status = 503;
  override readonly headers: ErrorHeaders;
  constructor(message: string, retryAfterSeconds = 5) {
    super(message);
    this.headers = { 'Retry-After': String(retryAfterSeconds) };
  }
}
