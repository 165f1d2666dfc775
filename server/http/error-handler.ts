import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import {
  BadRequestError,
  HttpError,
  PageError,
  RemovedMeanwhileError,
  RestError,
  WcAuthError,
  type ErrorPageExtras,
} from '../errors';
import type { LogFailure } from './request-id';

/** A failure of `/wc-auth/v1/`: the page titled "Access denied". */
export interface AccessDeniedPage extends ErrorPageExtras {
  /** The protocol's text without its leading `Error: `. */
  readonly message: string;
}

/** Any other failure, titled by its status. */
export interface FailurePage {
  readonly status: number;
  /** In place of the status' own words. Holds no secret. */
  readonly heading?: string;
  readonly message?: string;
  /** Where to go from here, a path of this server; else the start page. */
  readonly next?: { readonly href: string; readonly label: string };
}

/** The pages that tell of a failure; each function renders a whole HTML document. */
export interface FailurePages {
  accessDenied(page: AccessDeniedPage): string;
  failure(page: FailurePage): string;
}

export interface ErrorHandlerDependencies {
  readonly pages: FailurePages;
  readonly logFailure: LogFailure;
  /** Turns a failure into one that may be logged: without the values of the query that failed. */
  readonly sanitize: (error: unknown) => Error;
}

/** The one place that answers a failure, as a page or as JSON. What is no `HttpError` is a 500 that says nothing. */
export function errorHandler({ pages, logFailure, sanitize }: ErrorHandlerDependencies): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = fromBodyParser(thrown) ?? sanitize(thrown);
    const known = error instanceof HttpError ? error : undefined;
    const status = known?.status ?? 500;
    // That something went in between is rare, and may be an operator's affair.
    if (status >= 500 || error instanceof RemovedMeanwhileError) logFailure(thrown, request, response);
    if (response.headersSent) {
      next(error);
      return;
    }
    response
      .status(status)
      .set('Cache-Control', 'no-store')
      .set(known?.headers ?? {});
    if (error instanceof RestError) sendRestError(response, error);
    else if (error instanceof WcAuthError) sendWcAuthError(request, response, error);
    else if (wantsJson(request))
      response.json({ code: codeOf(status), message: textOf(known), data: { status } });
    else if (error instanceof PageError) {
      const { heading, message, next: onward } = error;
      response.send(pages.failure({ status, heading, message, ...(onward ? { next: onward } : {}) }));
    } else response.send(pages.failure({ status }));
  };

  function sendWcAuthError(request: Request, response: Response, error: WcAuthError): void {
    // The members of a WordPress failure that is asked for as JSON.
    if (wantsJson(request))
      response.json({
        code: 'wp_die',
        message: `Error: ${error.message}`,
        data: { status: error.status },
        additional_errors: [],
      });
    else response.send(pages.accessDenied({ message: error.message, ...error.extras }));
  }
}

/** Nobody answers to this path. */
export const notFound: RequestHandler = (_request, _response, next) => {
  next(new BadRequestError(404, 'There is nothing at this address.'));
};

/** `{"code","message","data":{"status"}}`, WordPress's form of a REST failure. */
export function restErrorBody(error: RestError): string {
  return JSON.stringify({
    code: error.code,
    message: error.message,
    data: { status: error.status, ...error.data },
  });
}

/** Only a request that asks for JSON and not for HTML is answered in JSON. */
export function wantsJson(request: Request): boolean {
  return request.accepts(['html', 'json']) === 'json';
}

function sendRestError(response: Response, error: RestError): void {
  response.type('application/json; charset=utf-8').send(restErrorBody(error));
}

const textOf = (error: HttpError | undefined): string =>
  error?.message ?? 'Something went wrong on our side. Nothing was changed.';

const codeOf = (status: number): string => (status >= 500 ? 'internal_error' : 'bad_request');

/** What Express and its body parser throw for a request they cannot read. */
function fromBodyParser(thrown: unknown): HttpError | undefined {
  if (thrown instanceof HttpError || !(thrown instanceof Error)) return undefined;
  const { status, expose } = thrown as { status?: unknown; expose?: unknown };
  if (typeof status !== 'number' || status < 400 || status > 499 || expose === false) return undefined;
  const texts: Record<number, string> = {
    413: 'The request is larger than this server reads.',
    415: 'This media type or encoding is not understood.',
  };
  return new BadRequestError(status, texts[status] ?? 'The request cannot be read.');
}
