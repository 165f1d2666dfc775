import type { ErrorRequestHandler, Request, RequestHandler } from 'express';
import type { ReportFailure } from './failure';
import {
  ClientError,
  PageError,
  SignOutError,
  WcAuthError,
  type ErrorPageExtras,
  type NextStep,
} from './http-errors';
import { errorData, type HelpUrlOf } from './help-url';
import type { MessageText } from './message-text';
import { UserError } from './user-error';

/** The page titled "Access denied", for a failure of `/wc-auth/v1/`. */
export interface AccessDeniedPage extends ErrorPageExtras {
  /** The protocol's text without its leading `Error: `. */
  readonly message: string;
  /** A page that explains the error. */
  readonly helpHref?: string | undefined;
}

/** The page for any other failure, titled by its status. */
export interface FailurePage {
  readonly status: number;
  /**
   * The key of the heading (`KEY.title`) and the text (`KEY.text`). Default: those of the status.
   */
  readonly key?: string;
  /** Replaces `KEY.text`. Holds no secret. */
  readonly text?: MessageText;
  /** Default: the start page. */
  readonly next?: NextStep | undefined;
  readonly helpHref?: string | undefined;
}

/** The pages for failures. Each function renders a complete HTML document. */
export interface FailurePages {
  accessDenied(page: AccessDeniedPage): string;
  failure(page: FailurePage): string;
  /** Returns a text on its own, for a JSON response. */
  text(text: MessageText): string;
}

export interface ErrorHandlerDependencies {
  readonly pages: FailurePages;
  readonly reportFailure: ReportFailure;
  readonly helpUrlOf: HelpUrlOf;
}

/**
 * Returns the Express error handler of the pages. It answers with HTML, or with JSON if the request
 * asks for JSON.
 */
export function errorHandler({
  pages,
  reportFailure,
  helpUrlOf,
}: ErrorHandlerDependencies): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = reportFailure(thrown, request, response);
    if (response.headersSent) {
      next(error);
      return;
    }
    const { status, code, helpCode, headers } = error;
    const message =
      error instanceof PageError || error instanceof SignOutError || error instanceof UserError
        ? pages.text(error.text)
        : error.message;
    const helpHref = helpUrlOf(helpCode);
    response.status(status).set('Cache-Control', 'no-store').set(headers);
    if (error instanceof SignOutError) response.json({ success: false, data: { status, message } });
    else if (wantsJson(request)) {
      // `wp_die` answers JSON with these members.
      const isWcAuth = error instanceof WcAuthError;
      response.json({
        code,
        message: isWcAuth ? `Error: ${message}` : message,
        data: errorData({ status }, helpHref),
        ...(isWcAuth ? { additional_errors: [] } : {}),
      });
    } else if (error instanceof WcAuthError)
      response.send(pages.accessDenied({ message, helpHref, ...error.extras }));
    else if (error instanceof PageError) {
      const { key, text, next: nextStep } = error;
      response.send(pages.failure({ status, key, text, next: nextStep, helpHref }));
    } else response.send(pages.failure({ status, helpHref }));
  };
}

/** Answers 404 for every address without a handler. */
export const notFound: RequestHandler = (_request, _response, next) => {
  next(new ClientError(404, 'There is nothing at this address.'));
};

/** Returns whether the request prefers JSON over HTML. */
export function wantsJson(request: Request): boolean {
  return request.accepts(['html', 'json']) === 'json';
}
