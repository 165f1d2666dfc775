import type { FailurePage, FailurePages } from '../errors/page';
import { templates, type TemplateDependencies } from './templates';

/** Statuses that have words of their own; any other takes those of 400 or 500. */
const WORDED_STATUSES = [400, 403, 404, 405, 409, 413, 429, 500, 503];

/** The pages that tell of a failure, for the error handler. */
export function failurePages(look: TemplateDependencies): FailurePages {
  const template = templates(look);
  const failure = template<FailurePage & { readonly words: string }>('failure');
  return {
    accessDenied: template('access-denied'),
    failure(page) {
      const fallback = page.status < 500 ? 400 : 500;
      const words = WORDED_STATUSES.includes(page.status) ? page.status : fallback;
      return failure({ ...page, words: `status.${words}` });
    },
  };
}
