import type { AccessDeniedPage, FailurePage, FailurePages } from '../errors/page';
import { templates, type TemplateDependencies } from './templates';

/** Returns the pages that show a failure, for the error handler. */
export function failurePages(look: TemplateDependencies): FailurePages {
  const template = templates(look);
  const failure = template<FailurePage & { readonly key: string }>('failure');
  const accessDenied = template<AccessDeniedPage>('access-denied');
  const failedGrant = template<AccessDeniedPage>('failed-grant');
  /** A status without a title and a text of its own uses those of 400 or 500. */
  const keyOf = (status: number): string => {
    const fallback = status < 500 ? 400 : 500;
    return `status.${look.messages.has(`status.${status}.title`) ? status : fallback}`;
  };
  return {
    accessDenied: (page) => (page.failedGrant ? failedGrant : accessDenied)(page),
    failure: (page) => failure({ ...page, key: page.key ?? keyOf(page.status) }),
    text: ({ key, values }) => look.messages(key, values),
  };
}
