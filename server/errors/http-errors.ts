import type { MessageText } from './message-text';

/** Headers an error response carries besides its content type. */
export type ErrorHeaders = Readonly<Record<string, string>>;

/**
 * An error that the client may be told about. `message` holds no secret and no internal address.
 *
 * `errors/page.ts`, `errors/rest.ts` and `errors/oauth.ts` turn it into a response. Any other
 * thrown value becomes an `InternalError` (`errors/failure.ts`).
 */
export abstract class HttpError extends Error {
  abstract readonly status: number;
  /** The stable code in a JSON response. */
  readonly code: string = 'bad_request';
  /** The heading in docs/errors.md that explains the error. Default: `code`. */
  get helpCode(): string {
    return this.code;
  }
  readonly headers: ErrorHeaders = {};
}

/** An approved grant whose key did not reach the app. */
export interface FailedGrant {
  readonly appName: string;
  /** One or two plain sentences for the manager. */
  readonly cause: string;
  /** What the app has to change. Absent if the app is not at fault. */
  readonly fix?: string;
  /** What the store's operator can change. Absent if that does not help. */
  readonly operatorFix?: string;
  /** Whether the manager selected keys to revoke. The next consent page selects none. */
  readonly hadSelectedKeys: boolean;
  /** Leads back to the app. Its return_url with `success=0`. */
  readonly backHref: string;
  /** The id under which the log has the failure. */
  readonly requestId: string;
  readonly failedAt: Date;
  /** The status that the app answered with, if it answered. */
  readonly status?: number;
  /** The name of the failure in docs/errors.md, or for `other` the code of Node.js or OpenSSL. */
  readonly code: string;
}

/** What an error page offers besides its text. */
export interface ErrorPageExtras {
  /** A line below the protocol's own: what is allowed, or what to do. */
  readonly explanation?: MessageText;
  /** Replaces the page by the one that explains a failed delivery. */
  readonly failedGrant?: FailedGrant;
  /** The heading in docs/errors.md that explains the error. Default: `wp_die`. */
  readonly helpCode?: string;
  /** A link to try again from the start. Always a path of this server. */
  readonly retryHref?: string;
  /**
   * The signed-in user whose account lacks the permission. The page offers to sign in as somebody
   * else.
   */
  readonly signOut?: { readonly displayName: string; readonly nonce: string; readonly redirectTo: string };
}

/**
 * A failure of `/wc-auth/v1/`: a page titled "Access denied" with the line `Error: MESSAGE`, or,
 * with `Accept: application/json`, `{"code":"wp_die",…}`. Status 401, as WooCommerce answers.
 */
export class WcAuthError extends HttpError {
  override readonly name = 'WcAuthError';
  override readonly code = 'wp_die';
  constructor(
    message: string,
    readonly extras: ErrorPageExtras = {},
    readonly status = 401,
  ) {
    super(message);
  }
  override get helpCode(): string {
    return this.extras.helpCode ?? this.code;
  }
}

/** A failure of the REST API: `{"code","message","data":{"status"}}`, as WordPress answers. */
export class RestError extends HttpError {
  override readonly name = 'RestError';
  constructor(
    readonly status: number,
    override readonly code: string,
    message: string,
    /** More members of `data`, such as the base strings of `OAUTH_DEBUG`. Never a secret. */
    readonly data: Readonly<Record<string, unknown>> = {},
    override readonly headers: ErrorHeaders = {},
  ) {
    super(message);
  }
}

/** A mistake of the client: the wrong method, address, size or fields. */
export class ClientError extends HttpError {
  override readonly name = 'ClientError';
  constructor(
    readonly status: number,
    message: string,
    override readonly headers: ErrorHeaders = {},
  ) {
    super(message);
  }
}

/** A body that a parser rejected: too large, malformed, or of another media type. */
export class UnreadableBodyError extends HttpError {
  override readonly name = 'UnreadableBodyError';
  constructor(readonly status: number) {
    super(UNREADABLE[status] ?? 'The request cannot be read.');
  }
}

const UNREADABLE: Readonly<Record<number, string>> = {
  413: 'The request is larger than this server reads.',
  415: 'This media type or encoding is not understood.',
};

/**
 * A link on an error page: a path of this server, and the key of its label in the message files.
 */
export interface NextStep {
  readonly href: string;
  readonly label: string;
}

/**
 * A page for the person at the browser, with its own heading, text and next step. Nothing was
 * changed.
 */
export class PageError extends HttpError {
  override readonly name = 'PageError';
  readonly text: MessageText;
  readonly next: NextStep | undefined;
  override readonly headers: ErrorHeaders;
  constructor(
    override readonly status: number,
    /** In the message files, `KEY.title` is the heading and `KEY.text` the text. */
    readonly key: string,
    {
      text = { key: `${key}.text` },
      next,
      headers = {},
    }: { readonly text?: MessageText; readonly next?: NextStep; readonly headers?: ErrorHeaders } = {},
  ) {
    super(key);
    this.text = text;
    this.next = next;
    this.headers = headers;
  }
}

/**
 * A sign-out in JSON that is rejected: `{"success":false,"data":{"status","message"}}`, as
 * `wp_send_json_error` answers. The user stays signed in.
 */
export class SignOutError extends HttpError {
  override readonly name = 'SignOutError';
  constructor(
    override readonly status: number,
    readonly text: MessageText,
  ) {
    super(text.key);
  }
}

/**
 * 409: what a change refers to was removed while the change was in progress. Nothing was
 * changed.
 */
export class RemovedMeanwhileError extends HttpError {
  override readonly name = 'RemovedMeanwhileError';
  readonly status = 409;
  constructor() {
    super('The account or key was removed at the same time. Nothing was changed.');
  }
}

/** `Retry-After` in seconds, for a failure that usually passes at once. */
export const RETRY_SOON: ErrorHeaders = { 'Retry-After': '5' };

/**
 * 503 with `Retry-After` in seconds: the server is too busy, or the database does not answer.
 * Nothing was changed.
 */
export class UnavailableError extends HttpError {
  override readonly name = 'UnavailableError';
  override readonly code = 'internal_error';
  readonly status = 503;
  override readonly headers: ErrorHeaders;
  constructor(message: string, retryAfterSeconds?: number) {
    super(message);
    this.headers =
      retryAfterSeconds === undefined ? RETRY_SOON : { 'Retry-After': String(retryAfterSeconds) };
  }
}

/** 500: an error of this server. The log has its cause, the response does not. */
export class InternalError extends HttpError {
  override readonly name = 'InternalError';
  override readonly code = 'internal_error';
  readonly status = 500;
  constructor() {
    super('Something went wrong on this server. The log has the cause.');
  }
}
