import type { AccessDeniedPage, FailurePage, FailurePages } from '../errors/page';
import { templates, type TemplateDependencies } from './templates';

/** Statuses with a title and a text of their own. Any other status uses those of 400 or 500. */
const STATUSES_WITH_TEXT = [400, 403, 404, 405, 409, 413, 429, 500, 503];

/** Returns the pages that show a failure, for the error handler. */
export function failurePages(look: TemplateDependencies): FailurePages {
  const template = templates(look);
  const failure = template<FailurePage & { readonly key: string }>('failure');
  const accessDenied = template<AccessDeniedPage>('access-denied');
  const failedGrant = template<AccessDeniedPage>('failed-grant');
  return {
    accessDenied: (page) => (page.failedGrant ? failedGrant : accessDenied)(page),
    failure: (page) => failure({ ...page, key: page.key ?? keyOf(page.status) }),
    text: ({ key, values }) => look.messages(key, values),
  };
}

function keyOf(status: number): string {
  const fallback = status < 500 ? 400 : 500;
  return `status.${STATUSES_WITH_TEXT.includes(status) ? status : fallback}`;
}
